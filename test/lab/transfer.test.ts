// Files of a size of your choice, each way by the network, the vsock and a share, with their digests:
// `VOLT_LAB_TRANSFER_MIB=1024 npx tsx test/lab/transfer.test.ts` takes most of an hour. The Debian guest sends smaller ones in each run.
// timeout: 7500 s
import * as assert from 'uvu/assert'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from '../suite.ts'
import { bootAll } from './boot-all.ts'
import { missingLab } from './missing-lab.ts'
import { TRANSFER_MIB } from './transfer.ts'
import { TRANSFER_ANSWERS, TRANSFER_GUEST, writeTransferGuest } from './transfer-guest.ts'

const LAB_TIMEOUT_S = 7200
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'volt-lab')

const isWanted = process.env['VOLT_LAB_TRANSFER_MIB'] !== undefined
const reason = isWanted ? missingLab('prepare', 'make-image') : 'on demand: VOLT_LAB_TRANSFER_MIB=1024'
const test = suite('lab: transfers')

test.skipIf(reason, `${TRANSFER_MIB} MiB arrive each way with their digest`, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'volt-lab-test-'))
  try {
    await writeTransferGuest(join(directory, 'guests'), cache)
    await bootAll(join(directory, 'guests'), join(directory, 'results'), LAB_TIMEOUT_S)
    const log = await readFile(join(directory, 'results', `${TRANSFER_GUEST}.log`), 'latin1').catch(() => '')
    for (const answer of TRANSFER_ANSWERS) {
      assert.ok(log.includes(answer), `${answer} is missing in ${log.slice(-3000)}`)
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

test.run()
