// What is damaged or made to do harm ends with a diagnostic, in bounded time and space, and leaves nothing behind.
// timeout: 600 s
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { UNPACK_FILE } from '../../src/host/built-files.ts'
import { address32 } from '../kernel/support/build-elf.ts'
import { suite } from '../suite.ts'
import { buildAr, buildDeb, type TarMember } from './support/build-deb.ts'
import { bzImageOf, buildVmlinux, pack, packPayload, PACKINGS } from './support/pack-kernel.ts'
import { failure, withStore } from './support/scratch-store.ts'

const test = suite('hostile kernels')
const skip = existsSync(UNPACK_FILE) ? false : 'volt-unpack is not built'
const vmlinux = buildVmlinux(64 * 1024)
const KERNEL: TarMember = { name: './boot/vmlinuz-6.1.0-9-test', content: bzImageOf(packPayload(vmlinux, 'gzip')) }

/** zstd frames (RFC 8878) of blocks that repeat one byte: 128 KiB from every 4 bytes. */
function zstdBomb(packedBytes: number): Buffer {
  const block = Buffer.from([((0x20000 << 3) & 0xff) | 2, (0x20000 >> 5) & 0xff, (0x20000 >> 13) & 0xff, 0])
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x70])
  return Buffer.concat([header, Buffer.alloc(packedBytes - header.length, block)])
}

for (const packing of PACKINGS) {
  test.skipIf(skip, `a bzImage packed by ${packing} and cut anywhere is refused`, async () => {
    await withStore(async ({ take, blobs }) => {
      const whole = packPayload(vmlinux, packing)
      for (const kept of [24, 100, Math.floor(whole.length / 2), whole.length - 5]) {
        const cut = Buffer.concat([whole.subarray(0, kept), address32(vmlinux.length)])
        assert.is((await failure(take(bzImageOf(cut), 'cut@1'))).code, 'KERNEL_INVALID', String(kept))
      }
      assert.equal(await blobs(), [])
    })
  })

  test.skipIf(skip, `a bit that is wrong in a kernel packed by ${packing} is no crash`, async () => {
    await withStore(async ({ take }) => {
      const whole = packPayload(vmlinux, packing)
      for (let at = 10; at < whole.length - 4; at += Math.ceil(whole.length / 12)) {
        const bent = Buffer.from(whole)
        bent.writeUInt8(bent.readUInt8(at) ^ 0x10, at)
        const code = await take(bzImageOf(bent), 'bent@1', { replace: true }).then(
          // The frames of lz4 have no checksum.
          () => packing === 'lz4' && 'KERNEL_INVALID',
          (error: { code?: string }) => error.code,
        )
        assert.is(code, 'KERNEL_INVALID', String(at))
      }
    })
  })
}

test.skipIf(skip, 'a MiB that unpacks to 32 GiB ends where its header ends it', async () => {
  await withStore(async ({ take, blobs }) => {
    const bomb = zstdBomb(1024 * 1024)
    const began = Date.now()
    const { code, message } = await failure(take(bzImageOf(Buffer.concat([bomb, address32(32 << 20)])), 'bomb'))
    assert.is(code, 'KERNEL_INVALID')
    assert.match(message, 'more than is allowed')
    const honest = Buffer.concat([bomb, address32(0xffffffff)])
    assert.is((await failure(take(bzImageOf(honest), 'bomb'))).code, 'KERNEL_INVALID')
    assert.ok(Date.now() - began < 20_000)
    assert.equal(await blobs(), [])
  })
})

test.skipIf(skip, 'a window that wants more memory than there is for it is refused', async () => {
  await withStore(async ({ take }) => {
    // A frame whose window has 1 GiB, with one block of 4 bytes as they are.
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0, 0x21, 0, 0, 0x7f, 0x45, 0x4c, 0x46])
    const wide = Buffer.concat([frame, address32(4)])
    assert.is((await failure(take(bzImageOf(wide), 'wide'))).code, 'KERNEL_INVALID')
  })
})

const ODD_NAMES = ['../../etc/cron.d/x', '/etc/shadow', 'boot/../../x', './..', 'boot/vmlinuz\n99 x', '']
for (const name of ODD_NAMES) {
  test.skipIf(skip, `a package with a member called ${JSON.stringify(name)} is refused`, async () => {
    await withStore(async ({ take, blobs, directory }) => {
      const { code, message } = await failure(
        take(buildDeb({ members: [KERNEL, { name, content: Buffer.from('x') }] }), 'x'),
      )
      assert.is(code, 'KERNEL_INVALID')
      assert.match(message, 'leaves the package')
      assert.equal(await blobs(), [])
      assert.equal((await readdir(directory)).sort(), ['data', 'kernel-0'])
    })
  })
}

const LINKS: TarMember[] = [
  { name: './boot/vmlinuz-1', type: '2', target: '/etc/shadow' },
  { name: './boot/vmlinuz-1', type: '1', target: '/etc/shadow' },
  { name: './boot/vmlinuz-1', type: '3' },
]
test.skipIf(skip, 'a link or a device where the kernel should be is no kernel', async () => {
  await withStore(async ({ take }) => {
    for (const member of LINKS) {
      const { code, message } = await failure(take(buildDeb({ members: [member] }), 'x'))
      assert.is(code, 'KERNEL_INVALID')
      assert.match(message, 'has no kernel')
    }
  })
})

test.skipIf(skip, 'packages that are cut, lie about sizes or hold several kernels are refused', async () => {
  await withStore(async ({ take, blobs }) => {
    const whole = buildDeb({ members: [KERNEL] })
    const several = buildDeb({ members: [KERNEL, { ...KERNEL, name: 'boot/vmlinuz-2' }] })
    const long = buildDeb({ members: [{ ...KERNEL, size: 0o7777777777 }] })
    const empty = buildAr([['debian-binary', Buffer.from('2.0\n')]])
    const cuts = [20, 100, 1000, 4000, whole.length - 2000].map((length) => whole.subarray(0, length))
    for (const wrong of [several, long, empty, ...cuts]) {
      assert.is((await failure(take(wrong, 'x'))).code, 'KERNEL_INVALID')
    }
    assert.equal(await blobs(), [])
    assert.is((await take(whole, 'x')).record.origin.package?.version, '6.1.90-1')
  })
})

test.skipIf(skip, 'a package whose files unpack to 32 GiB ends at a limit', async () => {
  await withStore(async ({ take, blobs }) => {
    const began = Date.now()
    // A tar header, then zeros without end: the file that it promises.
    const data = {
      suffix: '.tar.zst',
      pack: (tar: Buffer) => Buffer.concat([pack(tar.subarray(0, 512), 'zstd'), zstdBomb(1024 * 1024)]),
    }
    const members = [{ name: 'lib/modules/big.ko', size: 0o77777777777 }]
    assert.is((await failure(take(buildDeb({ members, data }), 'x'))).code, 'KERNEL_INVALID')
    assert.ok(Date.now() - began < 60_000)
    assert.equal(await blobs(), [])
  })
})

test.skipIf(skip, 'volt-unpack may do nothing but read, write and compute, with 512 MiB', async () => {
  const child = spawn(UNPACK_FILE, ['stream', 'gzip', '1000000'], { stdio: ['pipe', 'pipe', 'inherit'], env: {} })
  // It has answered, so its limits are in force.
  child.stdin.write(pack(Buffer.alloc(200_000), 'gzip'))
  await once(child.stdout, 'data')
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
  const limits = await readFile(`/proc/${child.pid}/limits`, 'utf8')
  // Nobody but root may look into it.
  const open = process.getuid?.() === 0 ? await readdir(`/proc/${child.pid}/fd`) : ['0', '1', '2']
  child.stdin.end()
  child.stdout.resume()
  assert.equal(await once(child, 'close'), [0, null])
  assert.match(status, /^NoNewPrivs:\t1$/m)
  assert.match(status, /^Seccomp:\t2$/m)
  assert.match(status, /^CapEff:\t0+$/m)
  assert.match(limits, /^Max address space +536870912 /m)
  assert.match(limits, /^Max cpu time +120 /m)
  assert.equal(open.sort(), ['0', '1', '2'])
})

test.run()
