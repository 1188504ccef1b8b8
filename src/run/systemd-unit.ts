// A systemd unit that runs a saved plan (systemd.service(5), systemd.unit(5)).

export interface UnitOptions {
  project: string
  vm: string
  /** The program and its first words: an absolute path first. */
  volt: readonly string[]
  /** Absolute. */
  planFile: string
  /** How long `volt stop` waits for the guest. */
  stopTimeoutMs: number
}

/** For `volt stop` to end a guest that does not obey, and for systemd to see it. */
const STOP_MARGIN_S = 15
const START_TIMEOUT_S = 120

/** Its name, without `.service`. Names of projects and VMs need no escaping. */
export function unitName(project: string, vm: string): string {
  return `volt-${project}-${vm}`
}

export function systemdUnit({ project, vm, volt, planFile, stopTimeoutMs }: UnitOptions): string {
  const here = ['--project', project]
  const stopTimeoutS = Math.ceil(stopTimeoutMs / 1000) + STOP_MARGIN_S
  return `[Unit]
Description=Volt machine ${vm} of project ${project}
After=network.target

[Service]
Type=notify
# What runs in the end is volt-vmm, which volt names and leaves.
NotifyAccess=all
ExecStart=${commandLine([...volt, 'apply', '--yes', '--notify', ...here, planFile])}
ExecStop=${commandLine([...volt, 'stop', ...here, vm])}
StateDirectory=volt
StateDirectoryMode=0700
Environment=XDG_STATE_HOME=%S
KillMode=mixed
TimeoutStartSec=${START_TIMEOUT_S}
TimeoutStopSec=${stopTimeoutS}

[Install]
WantedBy=multi-user.target
`
}

function commandLine(words: readonly string[]): string {
  return words.map(quoted).join(' ')
}

/** Specifiers begin with `%`, variables with `$`; in quotes a backslash escapes. */
function quoted(word: string): string {
  const literal = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w@+=:,./%$-]+$/.test(literal) ? literal : `"${literal.replaceAll(/["\\]/g, '\\$&')}"`
}
