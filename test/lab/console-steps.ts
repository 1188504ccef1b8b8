// What the Debian guest does with its virtio console: from the driver's start on, input goes there.
import { commandOf, SHELL, step, type Line } from './dialogue.ts'

/** `console=` of hvc0 comes first, so that /dev/console stays ttyS0, where the dialogue begins. */
export const CONSOLE_WORDS = 'console=hvc0 console=ttyS0 modprobe.blacklist=virtio_console'
export const CONSOLE = { device: 'virtio' }

export const CONSOLE_NAMES = ['hvc0-is-the-terminal', 'hvc0-has-messages', 'hvc0-has-a-size', 'hvc0-has-another-size']

/** The kernel learns of a size some time after the interrupt. */
function hasSize(columns: number, rows: number): string {
  return `timeout 60 bash -c 'until [ "$(stty size </dev/hvc0)" = "${rows} ${columns}" ]; do sleep 1; done'`
}

/** To be the last ones: nothing that is typed reaches ttyS0 behind the first line. */
export const CONSOLE_STEPS: Line[] = [
  {
    prompt: SHELL,
    type: (machine) => {
      machine.resize(100, 30)
      return Promise.resolve('modprobe virtio_console && systemctl start serial-getty@hvc0\n')
    },
  },
  { prompt: /volt-debian login: /, type: 'root\n' },
  step('hvc0-is-the-terminal', '[ "$(tty)" = /dev/hvc0 ]'),
  step('hvc0-has-messages', 'grep -q ^hvc0 /proc/consoles'),
  step('hvc0-has-a-size', hasSize(100, 30)),
  {
    prompt: SHELL,
    type: (machine) => {
      machine.resize(120, 40)
      return Promise.resolve(commandOf('hvc0-has-another-size', hasSize(120, 40)))
    },
  },
]
