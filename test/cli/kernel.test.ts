// `volt kernel` end to end: what it says to people and programs, how it ends, and a manifest that names what it keeps.
import { existsSync } from 'node:fs'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { UNPACK_FILE } from '../../src/host/built-files.ts'
import { buildDeb } from '../store/support/build-deb.ts'
import { bzImageOf, buildVmlinux, packPayload } from '../store/support/pack-kernel.ts'
import { suite } from '../suite.ts'
import { whyNoMachines } from '../vm/kvm.ts'
import { AMD_FACTS, makeWorkplace, type Ended, type Workplace } from './volt.ts'

const test = suite('command line: kernels by name')
const skip = existsSync(UNPACK_FILE) ? false : 'volt-unpack is not built'
const HELLO = fileURLToPath(new URL('../../guests/hello/hello.elf', import.meta.url))
const MANIFEST = (image: string) =>
  `apiVersion: volt/v1\nkind: MicroVM\nmetadata: { name: vm }\nkernel: { image: ${image}, cmdline: stay }\n`

interface Kernel {
  name: string
  version: string
  sha256: string
  origin: { packing?: string; package?: { name: string } }
}

let place: Workplace
test.before(async () => {
  place = await makeWorkplace()
  const bzImage = bzImageOf(packPayload(buildVmlinux(4096), 'gzip'), { versionText: '6.1.0-9-test (b@h) #1 SMP' })
  await writeFile(join(place.directory, 'vmlinuz'), bzImage)
  await writeFile(join(place.directory, 'vmlinux'), buildVmlinux(8192))
  const members = [{ name: './boot/vmlinuz-6.1.0-9-test', content: bzImage }]
  await writeFile(join(place.directory, 'kernel.deb'), buildDeb({ members }))
  await copyFile(HELLO, join(place.directory, 'hello.elf'))
})
test.after(() => place.remove())

function volt(...args: string[]): Promise<Ended> {
  return place.finish(place.start(args, { env: { XDG_DATA_HOME: join(place.stateHome, '../data') } }))
}

const kernel = (...args: string[]) => volt('kernel', ...args)

async function answer<Answer>(...args: string[]): Promise<Answer> {
  const { code, stdout, stderr } = await kernel(...args, '--json')
  assert.equal([code, stderr], [0, ''], args.join(' '))
  const { formatVersion, ...rest } = JSON.parse(stdout) as { formatVersion: number } & Answer
  assert.is(formatVersion, 1)
  return rest as Answer
}

/** Ends with this exit code and this code, for people and for programs. */
async function assertRefused(exitCode: number, code: string, ...args: string[]): Promise<string> {
  const [people, programs] = [await kernel(...args), await kernel(...args, '--json')]
  assert.equal([people.code, people.stdout, programs.code, programs.stderr], [exitCode, '', exitCode, ''], args.join(' ')) // prettier-ignore
  assert.match(people.stderr, `error[${code}]: `)
  assert.is((JSON.parse(programs.stdout) as { error: { code: string } }).error.code, code)
  return people.stderr
}

test('an empty store says how to fill it', async () => {
  const { code, stdout, stderr } = await kernel('ls')
  assert.equal([code, stdout], [0, ''])
  assert.match(stderr, '`volt kernel pull debian-cloud` fetches one')
  assert.equal(await answer('ls'), { kernels: [] })
  assert.equal(await answer('prune'), { kernels: [], blobs: [], bytes: 0, disks: [] })
})

test.skipIf(skip, 'import takes a bzImage, an ELF and a package, and says what became of it', async () => {
  const first = await kernel('import', 'vmlinuz', '--name', 'mine')
  assert.equal([first.code, first.stdout], [0, 'mine@6.1.0-9-test\n'])
  assert.match(first.stderr, 'unpacked from gzip')
  const again = await answer<{ outcome: string; kernel: Kernel }>('import', 'vmlinuz', '--name', 'mine')
  assert.equal([again.outcome, again.kernel.name, again.kernel.origin.packing], ['unchanged', 'mine', 'gzip'])
  const packaged = await answer<{ outcome: string; kernel: Kernel }>('import', 'kernel.deb', '--name', 'mine@7')
  assert.equal([packaged.outcome, packaged.kernel.origin.package?.name], ['added', 'linux-image-6.1.0-9-test'])
  assert.match(await assertRefused(1, 'KERNEL_EXISTS', 'import', 'vmlinux', '--name', 'mine@7'), '--replace')
  const replaced = await answer<{ outcome: string }>('import', 'vmlinux', '--name', 'mine@7', '--replace')
  assert.is(replaced.outcome, 'replaced')
})

test.skipIf(skip, 'import refuses a name that is none, what is not there and what is no kernel', async () => {
  await assertRefused(64, 'USAGE', 'import', 'vmlinuz', '--name', '../mine')
  await assertRefused(3, 'FILE_UNREADABLE', 'import', 'missing', '--name', 'mine')
  await place.write('text', 'no kernel at all')
  await assertRefused(3, 'KERNEL_INVALID', 'import', 'text', '--name', 'mine@8')
  assert.is((await kernel('import', 'vmlinuz')).code, 64)
})

test.skipIf(skip, 'ls and inspect tell the same to people and programs', async () => {
  assert.is((await kernel('ls', '-q')).stdout, 'mine@7\nmine@6.1.0-9-test\n')
  const { kernels } = await answer<{ kernels: Kernel[] }>('ls')
  assert.equal(kernels.map(({ version }) => version), ['7', '6.1.0-9-test']) // prettier-ignore
  assert.match((await kernel('ls')).stdout, /^NAME +VERSION +KIND .*\nmine +7 +vmlinux /)
  const { stdout } = await kernel('inspect', 'mine@6.1')
  const { kernel: found } = await answer<{ kernel: Kernel & { path: string; abilities: object[] } }>('inspect', 'mine@6.1') // prettier-ignore
  assert.match(stdout, new RegExp(`^sha256 +${found.sha256}$`, 'm'))
  assert.ok(existsSync(found.path) && found.abilities.length > 5)
  assert.match(stdout, /^Can it …$/m)
  assert.match(await assertRefused(1, 'NO_SUCH_KERNEL', 'inspect', 'mien'), 'did you mean mine?')
})

test.skipIf(
  skip,
  'a manifest names one: the plan is that of the file, and a name that is not there is marked',
  async () => {
    await answer('import', 'hello.elf', '--name', 'hello@1')
    await place.write('stored.yaml', MANIFEST('hello'))
    await place.write('file.yaml', MANIFEST('./hello.elf'))
    await place.write('unknown.yaml', MANIFEST('hello@2'))
    assert.is((await volt('validate', 'stored.yaml')).code, 0)
    const digest = async (file: string) => {
      const { stdout } = await volt('plan', '--json', '--host-facts', AMD_FACTS, file)
      return (JSON.parse(stdout) as { vms: { digest: string }[] }).vms[0]?.digest
    }
    assert.is(await digest('stored.yaml'), await digest('file.yaml'))
    assert.match((await volt('plan', '--host-facts', AMD_FACTS, 'stored.yaml')).stdout, 'hello@1')
    const { code, stderr } = await volt('validate', 'unknown.yaml')
    assert.is(code, 3)
    assert.match(stderr, /error\[V101\].*\n +--> unknown\.yaml:4:18/)
    assert.match(stderr, 'hello is there as 1')
  },
)

test.skipIf(skip || whyNoMachines(), 'what a machine was started with stays, whatever is removed', async () => {
  const { code, stderr } = await volt('apply', 'stored.yaml')
  assert.is(code, 0, stderr)
  try {
    const { kernels } = await answer<{ kernels: string[] }>('prune', '--dry-run')
    assert.equal(kernels.sort(), ['mine@6.1.0-9-test', 'mine@7'])
    assert.equal(await answer('rm', 'hello'), { kernels: ['hello@1'], blobs: [], bytes: 0, disks: [] })
    assert.is((await volt('restart', 'vm')).code, 0)
  } finally {
    await volt('destroy', 'vm')
  }
})

test.skipIf(skip, 'rm wants one kernel, prune takes the rest, and both say how much', async () => {
  assert.match(await assertRefused(64, 'USAGE', 'rm', 'mine'), 'say which: mine@7, mine@6.1.0-9-test')
  assert.match((await kernel('rm', 'mine@7')).stdout, /^removed mine@7\nremoved \d files?, /)
  await assertRefused(1, 'NO_SUCH_KERNEL', 'rm', 'mine@7')
  assert.match((await kernel('prune', '--dry-run')).stdout, 'would remove mine@6.1.0-9-test\n')
  assert.is((await kernel('ls', '-q')).stdout.includes('mine@6.1.0-9-test'), true)
  await assertRefused(1, 'DECLINED', 'prune')
  const { kernels, blobs, bytes } = await answer<{ kernels: string[]; blobs: string[]; bytes: number }>(
    'prune',
    '--yes',
  )
  assert.ok(kernels.includes('mine@6.1.0-9-test') && blobs.length >= 2 && bytes > 4096)
  assert.equal(await answer('ls'), { kernels: [] })
})

test.run()
