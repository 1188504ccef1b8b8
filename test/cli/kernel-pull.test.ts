// `volt kernel pull` from Debian itself, as a user without rights and with nothing but a home directory.
// timeout: 600 s
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { UNPACK_FILE } from '../../src/host/built-files.ts'
import { suite } from '../suite.ts'
import { AMD_FACTS, makeWorkplace, type Ended, type Workplace } from './volt.ts'

const test = suite('command line: a kernel from Debian, as an ordinary user')
const NOBODY = 65534
const AS_NOBODY = ['setpriv', '--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups']

const place: Workplace = await makeWorkplace()
test.after(() => place.remove())
const home = join(place.directory, 'home')
await mkdir(home)
await chmod(join(place.directory, '..'), 0o755)
await chmod(home, 0o777)

/** With a home directory as its only place. */
function volt(args: string[], wrapper: string[], environment: Record<string, string>): Promise<Ended> {
  const { PATH = '' } = process.env
  const clean = ['env', '-i', `PATH=${PATH}`, ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)]
  return place.finish(place.start(args, { cwd: home, wrapper: [...wrapper, ...clean] }))
}

/** Whether Debian is within reach is what root finds out first. */
async function whyNot(): Promise<string | false> {
  if (process.getuid?.() !== 0) return 'only root can become another user'
  if (!existsSync('/usr/bin/setpriv')) return 'setpriv(1) is not installed'
  if (!existsSync(UNPACK_FILE)) return 'volt-unpack is not built'
  const { code, stderr } = await volt(['kernel', 'pull', 'debian-cloud'], [], { HOME: place.stateHome })
  return code === 0 ? false : `root gets none either: ${stderr.trim().split('\n').find((line) => line.startsWith('error'))}` // prettier-ignore
}

test.skipIf(await whyNot(), 'is fetched, kept in the home directory, and named by a manifest', async () => {
  const asNobody = (...args: string[]) => volt(args, AS_NOBODY, { HOME: home })
  const { code, stdout, stderr } = await asNobody('kernel', 'pull', 'debian-cloud')
  assert.is(code, 0, stderr)
  assert.match(stdout, /^debian-cloud@\d+\.\d+\.\d+-\d+\n$/)
  const store = join(home, '.local/share/volt')
  for (const file of await readdir(join(store, 'blobs/sha256'))) {
    const { uid, mode } = await stat(join(store, 'blobs/sha256', file))
    assert.equal([uid, mode & 0o777], [NOBODY, 0o444])
  }
  const made = await asNobody('init', '--kernel', 'debian-cloud', '--no-schema')
  assert.is(made.code, 0, made.stderr)
  const plan = await asNobody('plan', '--json', '--host-facts', AMD_FACTS, 'vm.yaml')
  assert.is(plan.code, 0, plan.stderr)
})

test.run()
