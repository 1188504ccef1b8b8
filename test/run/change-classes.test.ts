// Every field of the manifest's schema, changed one at a time, lands in the class that docs/changes.md names.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import * as assert from 'uvu/assert'
import type { KernelImage } from '../../src/kernel/image.ts'
import type { ManifestDocument } from '../../src/manifest/load-manifests.ts'
import type { DiskSpec } from '../../src/manifest/spec.ts'
import { schemaOf, type SchemaNode } from '../../src/manifest/schema.ts'
import { CHANGE_CLASSES, fieldClass, type ChangeClass, type FieldClass } from '../../src/run/change-classes.ts'
import { decideChange, type Change } from '../../src/run/decide-change.ts'
import type { LoadedDisk } from '../../src/run/read-disks.ts'
import { compileVm } from '../../src/run/open-input.ts'
import { overlayFile } from '../../src/run/own-overlays.ts'
import { planFileText, type RunnableVm } from '../../src/run/runnable-vm.ts'
import { OWN_SOCKET } from '../../src/run/vsock-place.ts'
import { projectNamed } from '../../src/state/project-name.ts'
import { vmFiles } from '../../src/state/vm-files.ts'
import type { VmRecord } from '../../src/state/vm-record.ts'
import { loadText } from '../manifest/support.ts'
import { hostFacts } from '../plan/support/host-facts.ts'
import { bzImage, elfImage, MIB } from '../plan/support/images.ts'
import { suite } from '../suite.ts'
import { FAKE_CHANGES } from './fake-changes.ts'

const test = suite('classes of change')
const project = projectNamed('lab', join(tmpdir(), 'volt-no-such-state'))
const documented = new Map(
  [
    ...readFileSync(new URL('../../docs/changes.md', import.meta.url), 'utf8').matchAll(
      /^\| `(.+?)` \| (.+?) \| (.+?) \|$/gm,
    ),
  ].map(
    // prettier-ignore
    ([, path = '', name = '', why = '']) => [path, { name, why }],
  ),
)

/** Paths of every property, as CHANGE_CLASSES has them. */
function fieldsOf(node: SchemaNode & { $ref?: string }, path = ''): string[] {
  const { definitions } = schemaOf('manifest') as { definitions?: Record<string, SchemaNode> }
  const named = node.$ref === undefined ? undefined : definitions?.[basename(node.$ref)]
  const inner = [...(named === undefined ? [] : [named]), ...(node.oneOf ?? [])].flatMap((part) => fieldsOf(part, path))
  const entries = node.items === undefined ? [] : fieldsOf(node.items, `${path}[]`)
  const own = Object.entries(node.properties ?? {}).flatMap(([name, part]) => {
    const field = path === '' ? name : `${path}.${name}`
    return [field, ...fieldsOf(part, field)]
  })
  return [...new Set([...own, ...entries, ...inner])]
}

/** What the manifest would run as; its kernel, disks and shares are there by their paths alone. */
async function vmOf(text: string): Promise<RunnableVm> {
  const whole = [
    'apiVersion: volt/v1\nkind: MicroVM',
    /^metadata:/m.test(text) ? '' : 'metadata: { name: vm }',
    /^kernel:/m.test(text) ? '' : 'kernel: { image: ./a }',
    text,
    // For dependsOn.
    '---\napiVersion: volt/v1\nkind: MicroVM\nmetadata: { name: db }\nkernel: { image: ./a }\n',
  ]
  const { documents, diagnostics } = await loadText(whole.join('\n'))
  const [document] = documents
  if (document === undefined) throw new Error(`${text}: ${diagnostics.map(({ message }) => message).join('; ')}`)
  const handle = undefined as unknown as FileHandle
  const { spec } = document
  const { kernel, disks, vsock, shares, provision } = spec
  const vm = compileVm(
    {
      document: { ...document, diagnose: (problem) => ({ ...problem }) } as ManifestDocument,
      kernel: { image: kernelAt(kernel.image), handle, source: kernel.image },
      ...(kernel.initrd !== undefined && {
        initrd: { image: { size: MIB, sha256: hash(JSON.stringify(kernel.initrd)) }, handle, source: './i' },
      }),
      unbuilt: [],
      disks: disks.map((disk): LoadedDisk => {
        const { name, overlay } = disk
        return { name, source: imageOf(disk), sizeBytes: MIB, uses: [], ...(overlay !== false && { overlay }) }
      }),
      ...(vsock !== undefined && { socket: vsock.path ?? OWN_SOCKET }),
      shares: shares.map(({ directory }) => directory),
      ...(provision && { provision: { ...provision, userData: { text: JSON.stringify(provision.userData) } } }),
      close: () => Promise.resolve(),
    },
    hostFacts('amd-epyc-milan'),
  )
  if (Array.isArray(vm)) throw new Error(`${text}: ${vm.map(({ message }) => message).join('; ')}`)
  return vm
}

/** Of a disk that Volt makes, another for whatever it is made from. */
function imageOf({ path, from, sizeBytes }: DiskSpec): string {
  return path ?? JSON.stringify([from, sizeBytes])
}

function kernelAt(path: string): KernelImage {
  if (path === './bz') return bzImage()
  return elfImage({
    sha256: path === './b' ? hash(path) : hash('./a'),
    ...(path === './elf' && { pvhEntry: 0x100000 }),
  })
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** What apply does with the second where the first runs. */
async function changeOf(before: RunnableVm, after: RunnableVm): Promise<Change> {
  const home = await mkdtemp(join(tmpdir(), 'volt-change-'))
  const files = vmFiles(projectNamed(project.name, home), before.name)
  try {
    await mkdir(files.overlays, { recursive: true })
    await writeFile(files.plan, planFileText(before))
    for (const disk of before.spec?.disks ?? []) {
      if (disk.overlay !== true) continue
      await writeFile(join(files.overlays, overlayFile(`overlay-${disk.name}`, imageOf(disk))), '')
    }
    const { digest, spec: manifest, file, life } = before
    const record = { digest, manifest, file, life } as VmRecord
    return await decideChange(after, { name: before.name, files, record, state: { kind: 'running', paused: false } })
  } finally {
    await rm(home, { recursive: true })
  }
}

const KINDS: Record<ChangeClass, Change['kind']> = {
  none: 'record',
  live: 'live',
  restart: 'restart',
  replace: 'replace',
}
/** Of which there is only one value, that are gone when a manifest is put together, or that make another machine. */
const WITHOUT_CHANGE = ['apiVersion', 'kind', 'extends', 'vars', 'abstract', 'metadata', 'metadata.name']

test('every field of the schema has a class, and nothing else has', () => {
  assert.equal(Object.keys(CHANGE_CLASSES).sort(), fieldsOf(schemaOf('manifest')).sort())
})

test('the documentation has the same table', () => {
  const nameOf = ({ class: name, withOwnOverlay }: FieldClass): string =>
    withOwnOverlay === undefined ? name : `${name}; ${withOwnOverlay} with \`overlay: true\``
  const rows = Object.entries(CHANGE_CLASSES).map(([path, row]) => [path, { name: nameOf(row), why: row.why }])
  assert.equal([...documented], rows)
})

test('every field but those that cannot change is changed below', () => {
  assert.equal([...Object.keys(FAKE_CHANGES), ...WITHOUT_CHANGE].sort(), Object.keys(CHANGE_CLASSES).sort())
})

for (const [path, [before, after]] of Object.entries(FAKE_CHANGES)) {
  test(`${path}: ${fieldClass(path).class}`, async () => {
    const { class: expected, withOwnOverlay } = fieldClass(path)
    const [old, now] = [await vmOf(before), await vmOf(after)]
    assert.is((await changeOf(old, old)).kind, 'none')
    const { kind, reasons } = await changeOf(old, now)
    assert.is(kind, KINDS[expected], reasons.map(({ text }) => text).join('; '))
    assert.ok(reasons.length > 0)
    assert.ok(documented.get(path)?.name.startsWith(expected))
    // No class of a reason is above what is done, and one is as high.
    const order: ChangeClass[] = ['none', 'live', 'restart', 'replace']
    const highest = Math.max(...reasons.map((reason) => order.indexOf(reason.class ?? 'none')))
    assert.is(order[highest], expected, reasons.map(({ text }) => text).join('; '))
    if (withOwnOverlay === undefined) return
    const own = (text: string): string => text.replaceAll('overlay: ./o', 'overlay: true').replaceAll('.img }', '.img, overlay: true }').replaceAll(', readOnly: true }', ' }') // prettier-ignore
    const [written, left] = path === 'disks[].overlay' ? [own(after), after] : [own(before), own(after)]
    if (path === 'disks') assert.is((await changeOf(await vmOf(own(after)), await vmOf(before))).kind, 'replace')
    else assert.is((await changeOf(await vmOf(written), await vmOf(left))).kind, withOwnOverlay)
  })
}

test('another name is another machine', async () => {
  const [old, now] = [await vmOf(''), await vmOf('metadata: { name: other }')]
  const files = vmFiles(project, now.name)
  const change = await decideChange(now, { name: now.name, files, record: undefined, state: { kind: 'never' } })
  assert.equal([old.name, change.kind, fieldClass('metadata.name').class], ['vm', 'start', 'replace'])
})

test('what a manifest is put together from is no change: a variable for what was written', async () => {
  const change = await changeOf(
    await vmOf('vcpus: 2'),
    await vmOf('vars: { n: { type: number, default: 2 } }\nvcpus: ${var.n}'),
  )
  assert.equal([change.kind, change.reasons], ['none', []])
})

test('a change that makes no other machine is written down: another path of the same kernel', async () => {
  const change = await changeOf(await vmOf('kernel: { image: ./a }'), await vmOf('kernel: { image: ./copy }'))
  assert.equal([change.kind, change.stops], ['record', false])
})

test('a live change asks for what differs, and for nothing else', async () => {
  const limited = await vmOf(
    'balloon: true\ndisks: [{ name: root, path: ./a, rateLimit: { bandwidth: 1MiB/s, ops: 9 } }]',
  )
  const other = await vmOf(
    'balloon: { target: 64MiB }\ndisks: [{ name: root, path: ./a, rateLimit: { bandwidth: 1MiB/s } }]',
  )
  const { requests, reasons } = await changeOf(limited, other)
  assert.equal(requests, [
    { request: 'rate', device: 'disk-root', limits: { ops: null } },
    { request: 'balloon', target: 64 * MIB },
  ])
  assert.equal(
    reasons.map(({ text }) => text),
    ['balloon.target: 128MiB → 64MiB', 'disks.root.rateLimit.ops: 9 → none'],
  )
})

test.run()
