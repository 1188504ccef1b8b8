// The package as `npm pack` makes it, installed into an empty directory without a compiler or an install script.
// timeout: 600 s
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { whyNoMachines } from '../vm/kvm.ts'

const test = suite('the package')
const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))

interface Packed {
  filename: string
  size: number
  unpackedSize: number
  files: { path: string }[]
}

const directory = await mkdtemp(join(tmpdir(), 'volt-package-'))
await run(join(root, 'scripts/prebuilds'), [], { cwd: root })
const packing = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory]
const [packed] = JSON.parse((await run('npm', packing, { cwd: root })).stdout) as Packed[]
if (packed === undefined) throw new Error('npm pack made nothing')
console.log(`${packed.filename}: ${packed.size} bytes, ${packed.unpackedSize} unpacked, ${packed.files.length} files`)
const uninstalled = await install(join(directory, packed.filename))

/** Undefined, or why it cannot be installed here. A package that is wrong is no reason: npm tells that apart by its codes. */
async function install(tarball: string): Promise<string | false> {
  await writeFile(join(directory, 'package.json'), '{ "private": true, "type": "module" }\n')
  const options = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=1']
  try {
    await run('npm', ['install', ...options, tarball], { cwd: directory })
    return false
  } catch (error) {
    const code = /npm error code (\S+)/.exec((error as { stderr?: string }).stderr ?? '')?.[1] ?? ''
    if (/^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|E5\d\d)$/.test(code)) {
      return `npm cannot reach the packages that it depends on: ${code}`
    }
    throw error
  }
}

const installed = join(directory, 'node_modules/volt-vm')
const volt = async (...args: string[]): Promise<string> =>
  (await run(join(directory, 'node_modules/.bin/volt'), args, { cwd: directory, env: { PATH: process.env['PATH'] } }))
    .stdout

test.after(() => rm(directory, { recursive: true, force: true }))

test('has what it runs on, and neither tests nor install scripts', async () => {
  const paths = packed.files.map(({ path }) => path)
  for (const path of [
    'dist/cli/main.js',
    'dist/index.d.ts',
    'prebuilds/linux-x64-glibc/volt-vmm',
    'prebuilds/linux-x64-glibc/volt-agent',
    'CMakeLists.txt',
  ]) {
    assert.ok(paths.includes(path), path)
  }
  assert.equal(
    paths.filter((path) => /^(test|scripts|bench|build|docs|node_modules)\//.test(path)),
    [],
  )
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: object }
  assert.equal(
    Object.keys(scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name)),
    [],
  )
  assert.ok(packed.size < 5 * 1024 * 1024, `${packed.size} bytes`)
})

test.skipIf(uninstalled, 'tells its versions by the prebuilt engine', async () => {
  assert.match(await volt('--version'), /^\d+\.\d+\.\d+\nengine: prebuilt\nmanifest: volt\/v1\nboot plan: format 1\n$/)
  assert.is((await stat(join(installed, 'prebuilds/linux-x64-glibc/volt-vmm'))).mode & 0o111, 0o111)
  assert.not(existsSync(join(installed, 'build')))
})

test.skipIf(uninstalled, 'validates and plans', async () => {
  await copyFile(join(root, 'manifests/hello.yaml'), join(directory, 'vm.yaml'))
  const facts = join(root, 'test/fixtures/host-facts/amd-epyc-pvm.json')
  assert.match(await volt('validate', 'vm.yaml'), 'vm.yaml')
  assert.match(await volt('plan', '--host-facts', facts, 'vm.yaml'), 'MP table 284 bytes')
})

test.skipIf(uninstalled || whyNoMachines(), 'runs a guest', async () => {
  await copyFile(join(root, 'manifests/hello.yaml'), join(directory, 'vm.yaml'))
  assert.match(await volt('run', 'vm.yaml'), '4 of 4 processors answered')
})

test.skipIf(uninstalled, 'is a library with types', async () => {
  const source = `import { compile, loadManifests, planDigest, VoltError, type BootPlan } from 'volt-vm'
const { documents } = await loadManifests('vm.yaml')
const digest: (plan: BootPlan) => string = planDigest
// @ts-expect-error: what is compiled has parts
export const wrong = () => compile(1)
console.log(documents.length, typeof compile, typeof digest, new VoltError('USAGE', 'x').code)
`
  await copyFile(join(root, 'manifests/hello.yaml'), join(directory, 'vm.yaml'))
  await writeFile(join(directory, 'use.ts'), source)
  await mkdir(join(directory, 'node_modules/@types'), { recursive: true })
  const options = [
    '--strict',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--typeRoots',
    join(root, 'node_modules/@types'),
  ]
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  await run(process.execPath, [tsc, ...options, '--types', 'node', 'use.ts'], { cwd: directory }).catch(
    (error: unknown) => {
      throw new Error((error as { stdout: string }).stdout)
    },
  )
  const { stdout } = await run(process.execPath, ['use.js'], { cwd: directory })
  assert.is(stdout, '1 function function USAGE\n')
})

test.run()
