// Manifests with their files: what comes out open, and that nothing stays open otherwise.
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { loadVms } from '../../src/run/load-vms.ts'
import { buildBzImage } from '../kernel/support/build-bzimage.ts'
import { buildElf } from '../kernel/support/build-elf.ts'
import { configText, ikconfig } from '../kernel/support/kernel-config.ts'
import { suite } from '../suite.ts'

const test = suite('loading machines')
const elf = buildElf({ segments: [{ physicalAddress: 0x100000n, content: Buffer.alloc(64, 0xf4) }] })
let directory = ''

test.before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'volt-load-'))
  await writeFile(join(directory, 'vmlinux'), elf)
  await writeFile(join(directory, 'initrd'), 'initrd')
})
test.after(() => rm(directory, { recursive: true }))

function manifest(name: string, kernel: string, extra = ''): string {
  return `apiVersion: volt/v1\nkind: MicroVM\nmetadata: { name: ${name} }\nkernel: { ${kernel} }\n${extra}`
}

async function load(...documents: string[]) {
  const path = join(directory, 'vm.yaml')
  await writeFile(path, documents.join('---\n'))
  return loadVms(path)
}

/** Targets of this process's open descriptors that lie in the test's directory. */
async function openFiles(): Promise<string[]> {
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''))
  return (await Promise.all(links)).filter((target) => target.startsWith(directory))
}

test('kernel and initrd come out read, hashed and open', async () => {
  const { vms, diagnostics } = await load(manifest('one', 'image: ./vmlinux, initrd: ./initrd'))
  assert.equal(diagnostics, [])
  const [vm] = vms
  assert.ok(vm?.initrd !== undefined)
  assert.is(vm.kernel.source, join(directory, 'vmlinux'))
  assert.is(vm.kernel.image.sha256, createHash('sha256').update(elf).digest('hex'))
  assert.is(await vm.initrd.handle.readFile('utf8'), 'initrd')
  assert.is(vm.initrd.image.size, 6)
  await vm.close()
  await vm.close()
  assert.equal(await openFiles(), [])
})

test('a digest that the image has is accepted', async () => {
  const sha256 = createHash('sha256').update(elf).digest('hex')
  const { vms, diagnostics } = await load(manifest('one', `image: ./vmlinux, sha256: ${sha256}`))
  await vms[0]?.close()
  assert.equal([diagnostics, vms.length], [[], 1])
})

test('machines whose files are wrong are left out, and their files closed', async () => {
  const { manifests, vms, diagnostics } = await load(
    manifest('one', `image: ./vmlinux, sha256: ${'ab'.repeat(32)}`),
    manifest('two', 'image: ./vmlinux'),
    manifest('three', 'image: ./vmlinux, initrd: ./none'),
    manifest('four', 'image: ./initrd, initrd: ./initrd'),
    manifest('five', 'image: ./vmlinux', 'vcpus: 255\nfirmware: { acpi: false }\n'),
    manifest('six', 'image: ./vmlinux', 'vcpus: 0\n'),
  )
  assert.equal(vms.map(({ document }) => document.spec.name), ['two']) // prettier-ignore
  assert.is(manifests.documents.length, 5)
  assert.equal(diagnostics.map(({ code }) => code), ['V102', 'V101', 'V103', 'V203', 'V007']) // prettier-ignore
  assert.equal(await openFiles(), [join(directory, 'vmlinux')])
  await vms[0]?.close()
  assert.equal(await openFiles(), [])
})

test('a kernel that does not fit is warned of at its place, and the machine comes out all the same', async () => {
  const content = Buffer.concat([Buffer.alloc(64, 0xf4), ikconfig(configText({ NR_CPUS: 2 }))])
  await writeFile(
    join(directory, 'vmlinux-ikconfig'),
    buildElf({ segments: [{ physicalAddress: 0x100000n, content }] }),
  )
  await writeFile(join(directory, 'bzimage'), buildBzImage())
  await writeFile(join(directory, 'config-6.1.0-1-amd64'), configText())
  const { vms, diagnostics } = await load(
    manifest('one', 'image: ./bzimage', 'vcpus: 4\nfirmware: { acpi: false }\n'),
    manifest('two', 'image: ./vmlinux-ikconfig', 'vcpus: 4\n'),
    manifest('three', 'image: ./bzimage', 'vcpus: 4\n'),
    manifest('four', 'image: ./bzimage', 'vcpus: 255\nfirmware: { acpi: false }\n'),
  )
  await Promise.all(vms.map((vm) => vm.close()))
  assert.equal(vms.map(({ document }) => document.spec.name), ['one', 'two', 'three']) // prettier-ignore
  assert.equal(
    diagnostics.map(({ code, severity, start, pointer }) => [code, severity, start.line, start.column, pointer]),
    [
      ['V301', 'warning', 6, 19, '/firmware/acpi'],
      ['V302', 'warning', 12, 8, '/vcpus'],
      ['V203', 'error', 24, 8, '/vcpus'],
    ],
  )
})

test('the manifests of the project have nothing wrong with what is in the project', async () => {
  const folder = new URL('../../manifests/', import.meta.url)
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml'))
  assert.ok(names.length > 0)
  for (const name of names) {
    const { vms, diagnostics } = await loadVms(new URL(name, folder).pathname)
    await Promise.all(vms.map((vm) => vm.close()))
    // Examples may name a kernel and disks that are elsewhere or nowhere.
    const usesBuiltins = !/image: (?!builtin:)/.test(await readFile(new URL(name, folder), 'utf8'))
    const unexpected = diagnostics.filter(({ code }) => usesBuiltins || !['V101', 'V106'].includes(code))
    assert.equal(unexpected, [], name)
  }
})

test.run()
