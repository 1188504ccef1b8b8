// Guests that lose their machine, or the host its power, in mid write: what fsync answered must be there afterwards. A
// killed process alone keeps the page cache and proves nothing, so dm-flakey drops what was not on the medium.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, rm, truncate, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { readFlushes, startTrace, stopTrace, type FlushRecord } from './flush-trace.ts'
import type { End } from './run-guest.ts'

const MAIN = fileURLToPath(new URL('../../dist/bin/volt.cjs', import.meta.url))
export const MEDIUM = '/run/volt-cut'
export const IMAGE = `${MEDIUM}/disk.img`
const IMAGE_BYTES = 32 * 2 ** 20
const BLOCK_BYTES = 65_536
/** Answers of fsync before the cut. */
const ENOUGH = 5
const BACKING = '/run/volt-cut.img'
const BACKING_BYTES = 128 * 2 ** 20
const NAME = 'volt-cut'
/** Of a disk that is the only device with an interrupt but for the first serial port. */
const DISK_GSI = 5

export interface Cut {
  /** What the guest was told is durable, before the cut. */
  durable: number
  /** How much of it was there afterwards. */
  found: number
  flushes: FlushRecord
}

const run = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'utf8' }).trim()
const dmsetup = (...args: string[]): string => run('dmsetup', '--noudevsync', '--noudevrules', ...args)

/** The guest by `volt run`, killed when it was told often enough; says how often by then. */
async function runAndKill(file: string, limitMs: number, cut: () => void): Promise<{ log: string; durable: number }> {
  const child = spawn(process.execPath, [MAIN, 'run', '--quiet', file], { stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = once(child, 'close')
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
  let log = ''
  let durable = 0
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString('latin1')))
  child.stdout.on('data', (chunk: Buffer) => {
    log += chunk.toString('latin1')
    const answers = log.match(/volt-lab: durable \d+/g)?.length ?? 0
    if (durable > 0 || answers < ENOUGH) return
    durable = answers
    cut()
    child.kill('SIGKILL')
  })
  await closed
  clearTimeout(timer)
  return { log, durable }
}

async function makeImage(): Promise<void> {
  await writeFile(IMAGE, '')
  await truncate(IMAGE, IMAGE_BYTES)
}

/** How many of the first blocks hold what the guest wrote. */
async function countBlocks(durable: number): Promise<number> {
  const image = await open(IMAGE)
  try {
    for (let block = 0; block < durable; block++) {
      const { buffer } = await image.read(Buffer.alloc(BLOCK_BYTES), 0, BLOCK_BYTES, block * BLOCK_BYTES)
      if (!isFilledWith(buffer, `block ${block}\n`)) return block
    }
    return durable
  } finally {
    await image.close()
  }
}

function isFilledWith(bytes: Buffer, text: string): boolean {
  return bytes.equals(Buffer.alloc(BLOCK_BYTES, text))
}

/** The host loses its power: nothing reaches the medium any more. */
export async function cutPower(file: string, limitMs: number): Promise<End> {
  await writeFile(BACKING, '')
  await truncate(BACKING, BACKING_BYTES)
  await mkdir(MEDIUM, { recursive: true })
  const loop = run('losetup', '--find', '--show', BACKING)
  const whole = `0 ${BACKING_BYTES / 512}`
  dmsetup('create', NAME, '--table', `${whole} linear ${loop} 0`)
  try {
    // Without udev nobody makes its node but devtmpfs.
    const device = `/dev/${dmsetup('info', '--columns', '--noheadings', '--options', 'blkdevname', NAME)}`
    run('mkfs.ext4', '-q', device)
    run('mount', device, MEDIUM)
    await makeImage()
    run('sync')
    await startTrace()
    const { log, durable } = await runAndKill(file, limitMs, () => {
      dmsetup('suspend', '--noflush', '--nolockfs', NAME)
      dmsetup('load', NAME, '--table', `${whole} flakey ${loop} 0 0 3600 1 drop_writes`)
      dmsetup('resume', NAME)
    })
    const flushes = readFlushes(await stopTrace(), DISK_GSI)
    run('umount', MEDIUM)
    dmsetup('suspend', NAME)
    dmsetup('load', NAME, '--table', `${whole} linear ${loop} 0`)
    dmsetup('resume', NAME)
    run('blockdev', '--flushbufs', device)
    run('mount', device, MEDIUM)
    const cut: Cut = { durable, found: await countBlocks(durable), flushes }
    return { log, status: 0, how: JSON.stringify(cut) }
  } finally {
    spawnSync('umount', [MEDIUM])
    spawnSync('dmsetup', ['remove', NAME])
    spawnSync('losetup', ['--detach', loop])
    await rm(BACKING, { force: true })
  }
}

/** The machine is killed: its file system is repaired by its journal alone, and has what it promised. */
export async function killMachine(file: string, limitMs: number): Promise<End> {
  await mkdir(MEDIUM, { recursive: true })
  await makeImage()
  run('mkfs.ext4', '-q', IMAGE)
  const { log, durable } = await runAndKill(file, limitMs, () => undefined)
  const replay = spawnSync('e2fsck', ['-p', IMAGE], { encoding: 'utf8' })
  const check = spawnSync('e2fsck', ['-f', '-n', IMAGE], { encoding: 'utf8' })
  let found = 0
  while (found < durable) {
    const dumped = spawnSync('debugfs', ['-R', `cat /${found}`, IMAGE], { maxBuffer: 2 * BLOCK_BYTES }).stdout
    if (!isFilledWith(dumped, `file ${found}\n`)) break
    found++
  }
  await rm(IMAGE)
  return {
    log,
    status: check.status ?? 1,
    how: JSON.stringify({ durable, found, replay: replay.stdout, check: check.stdout }),
  }
}
