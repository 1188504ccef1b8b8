// guests/hello/hello.elf is what its source says, and runs on KVMs that emulate kernel mode.
import * as assert from 'uvu/assert'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from '../suite.ts'

const directory = fileURLToPath(new URL('../../guests/hello/', import.meta.url))
const shipped = join(directory, 'hello.elf')

/** First line of `tool --version`, or undefined where the tool is missing. */
function versionOf(tool: string): string | undefined {
  const { status, stdout } = spawnSync(tool, ['--version'], { encoding: 'utf8' })
  return status === 0 ? stdout.split('\n')[0] : undefined
}

/** Why hello.elf cannot be built here byte for byte. */
function otherToolchain(): string | false {
  const [compiler, linker] = readFileSync(join(directory, 'toolchain.txt'), 'utf8').split('\n')
  if (versionOf('make') === undefined) return 'make is not installed'
  if (versionOf('gcc') !== compiler)
    return `gcc is "${versionOf('gcc') ?? 'missing'}", the bytes are from "${compiler ?? ''}"`
  if (versionOf('ld') !== linker) return `ld is "${versionOf('ld') ?? 'missing'}", the bytes are from "${linker ?? ''}"`
  return false
}

const test = suite('guests/hello/hello.elf')

test.skipIf(otherToolchain(), 'has the bytes that its source gives', () => {
  const out = mkdtempSync(join(tmpdir(), 'volt-hello-'))
  try {
    execFileSync('make', ['-s', '-C', directory, `OUT=${out}`], { stdio: ['ignore', 'ignore', 'inherit'] })
    assert.ok(readFileSync(join(out, 'hello.elf')).equals(readFileSync(shipped)), 'rebuild it: make -B -C guests/hello')
  } finally {
    rmSync(out, { recursive: true })
  }
})

test('is an ELF64 executable entered at 1 MiB, below 40 KiB', () => {
  const elf = readFileSync(shipped)
  assert.is(elf.subarray(0, 5).toString('latin1'), '\x7fELF\x02')
  assert.is(elf.readUInt16LE(0x10), 2, 'ET_EXEC')
  assert.is(elf.readUInt16LE(0x12), 62, 'EM_X86_64')
  assert.is(elf.readBigUInt64LE(0x18), 0x100000n)
  assert.ok(elf.length < 40 * 1024)
})

const noObjdump = versionOf('objdump') === undefined && 'objdump is not installed'
test.skipIf(noObjdump, 'keeps to instructions that a KVM without hardware virtualisation emulates', () => {
  const listing = execFileSync('objdump', ['-d', '--no-show-raw-insn', shipped], { encoding: 'utf8' })
  const instructions = [...listing.matchAll(/^ +[0-9a-f]+:\t(.*)$/gm)].map((match) => match[1] ?? '')
  assert.ok(instructions.length > 500, `${instructions.length} instructions`)
  const refused = instructions.filter((text) =>
    /%[xyz]mm|%st|^(iret|popcnt|cmpxchg16b|int3|x(save|rstor)|f[a-z]+ )/.test(text),
  )
  assert.equal(refused, [])
})

test.run()
