// volt export to other hosts: without KVM, by the facts of a host.
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { AMD_FACTS, helloManifest, makeWorkplace, type Workplace } from './volt.ts'

const test = suite('volt export')
const HELLO = new URL('../../guests/hello/hello.elf', import.meta.url)

async function withWorkplace(files: Record<string, string>, body: (place: Workplace) => Promise<void>): Promise<void> {
  const place = await makeWorkplace(files)
  try {
    await body(place)
  } finally {
    await place.remove()
  }
}

const k8s = ['export', 'k8s', '--host-facts', AMD_FACTS, '--image', 'example/volt:1', '-o', 'out']

test('writes the same bytes each time, and no image where Volt has all there is to it', async () => {
  await withWorkplace({ 'vm.yaml': helloManifest() }, async (place) => {
    const first = await place.volt(...k8s, 'vm.yaml')
    assert.is(first.code, 0, first.stderr)
    const path = join(place.directory, 'out', 'volt-lab-hello.yaml')
    assert.is(first.stdout, `${path}\n`)
    const text = await readFile(path, 'utf8')
    assert.is((await place.volt(...k8s, 'vm.yaml')).code, 0)
    assert.is(await readFile(path, 'utf8'), text)
    assert.equal(await readdir(join(place.directory, 'out')), ['volt-lab-hello.yaml'])
  })
})

test('kernels of a file come once into the context of the image', async () => {
  const kernel = await readFile(HELLO)
  await withWorkplace({}, async (place) => {
    await place.write('kernel.elf', '')
    const { writeFile } = await import('node:fs/promises')
    await writeFile(join(place.directory, 'kernel.elf'), kernel)
    const vms = ['one', 'two'].map((name) => helloManifest({ name }).replace('builtin:hello', './kernel.elf'))
    await place.write('vm.yaml', vms.join('---\n'))
    const { code, stdout, stderr } = await place.volt(...k8s, '--json', 'vm.yaml')
    assert.is(code, 0, stderr)
    const { vms: names } = JSON.parse(stdout) as { vms: { name: string }[] }
    assert.equal(names.map(({ name }) => name), ['one', 'two']) // prettier-ignore
    const image = join(place.directory, 'out', 'image')
    const [file = '', ...others] = await readdir(join(image, 'files'))
    assert.equal(others, [])
    assert.equal(await readFile(join(image, 'files', file)), kernel)
    assert.match(await readFile(join(image, 'Dockerfile'), 'utf8'), '\nCOPY files /machine/files\n')
    assert.match(await readFile(join(place.directory, 'out', 'volt-lab-two.yaml'), 'utf8'), `/machine/files/${file}`)
  })
})

test('--strict ends with 3 before anything is written, and names the fields', async () => {
  await withWorkplace({ 'vm.yaml': `${helloManifest()}networks: [{ tap: tap0 }]\n` }, async (place) => {
    const loose = await place.volt(...k8s, '--kind', 'pod', 'vm.yaml')
    assert.is(loose.code, 0)
    assert.match(loose.stderr, 'hello: not supported: networks.net0.tap: ')
    const args = k8s.map((word) => (word === 'out' ? 'strict' : word))
    const strict = await place.volt(...args, '--kind', 'pod', '--strict', 'vm.yaml')
    assert.is(strict.code, 3)
    assert.match(strict.stderr, 'error[EXPORT_UNSUPPORTED]: what is asked for is not there: hello: networks.net0.tap')
    assert.is(existsSync(join(place.directory, 'strict')), false)
  })
})

test('a job of Nomad is JSON; its docker driver takes an image', async () => {
  await withWorkplace({ 'vm.yaml': helloManifest() }, async (place) => {
    const nomad = ['export', 'nomad', '--host-facts', AMD_FACTS, '-o', 'out', 'vm.yaml']
    const { code, stdout, stderr } = await place.volt(...nomad)
    assert.is(code, 0, stderr)
    assert.match(stderr, 'hello: not supported: restart: a service job')
    const job = JSON.parse(await readFile(stdout.trim(), 'utf8')) as { Job: { ID: string } }
    assert.is(job.Job.ID, 'volt-lab-hello')
    assert.is((await place.volt(...nomad, '--driver', 'docker')).code, 64)
    assert.is((await place.volt(...nomad, '--driver', 'exec')).code, 64)
  })
})

test.run()
