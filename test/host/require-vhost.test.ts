// The kernel's vhost-net where there is none, and where this user may not open it.
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import * as assert from 'uvu/assert'
import { requireVhost } from '../../src/host/require-vhost.ts'
import { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'

const test = suite('vhost-net')
/** The kernel has nobody write it, not even root. */
const UNWRITABLE = '/sys/kernel/uevent_seqnum'

async function refusal(path: string): Promise<VoltError> {
  try {
    await requireVhost(path)
  } catch (error) {
    assert.instance(error, VoltError)
    return error as VoltError
  }
  throw new Error('it opened')
}

test('a host without it is told which module is missing, or to do without', async () => {
  const missing = await refusal('/dev/volt-no-such-device')
  assert.equal([missing.code, missing.errno], ['HOST_ERROR', constants.errno.ENOENT])
  assert.is(missing.message, 'cannot open /dev/volt-no-such-device (ENOENT)')
  assert.match(missing.hint ?? '', /modprobe vhost_net.*leave `vhost` out/)
})

test.skipIf(!existsSync(UNWRITABLE) && 'no sysfs', 'a user who may not open it is told who may', async () => {
  const denied = await refusal(UNWRITABLE)
  assert.equal([denied.code, denied.errno], ['HOST_ERROR', constants.errno.EACCES])
  assert.match(denied.hint ?? '', /ls -l/)
})

test.run()
