// The vsock with its defaults.
import * as assert from 'uvu/assert'
import { defaultCid } from '../../src/manifest/vsock-cid.ts'
import { suite } from '../suite.ts'
import { loadText, manifestWith } from './support.ts'

const test = suite('vsock')

async function vsockOf(text: string) {
  const { documents, diagnostics } = await loadText(manifestWith(text))
  assert.equal(diagnostics, [])
  const [document] = documents
  assert.ok(document)
  return document.spec
}

test('none, one with defaults, and one as written', async () => {
  assert.is((await vsockOf('memory: 64MiB')).vsock, undefined)
  assert.is((await vsockOf('vsock: false')).vsock, undefined)
  const { name, vsock } = await vsockOf('vsock: true')
  assert.equal(vsock, { cid: defaultCid(name) })
  assert.equal((await vsockOf('vsock: {}')).vsock, vsock)
  const written = await vsockOf('vsock: { cid: 4294967294, path: ./vsock.sock }')
  assert.equal(written.vsock, { cid: 4294967294, path: './vsock.sock' })
})

test('a CID by name stays, differs from that of other names, and is a guest’s', () => {
  // Written down: a digest must not change with Volt.
  assert.equal(['web', 'db'].map(defaultCid), [2436357405, 1699372002])
  const cids = Array.from({ length: 1000 }, (_, index) => defaultCid(`vm-${index}`))
  assert.is(new Set(cids).size, cids.length)
  assert.ok(cids.every((cid) => Number.isInteger(cid) && cid >= 3 && cid <= 0xffff_fffe))
})

test.run()
