// The user of a machine's process.
import * as assert from 'uvu/assert'
import { machineUser } from '../../src/run/machine-user.ts'
import { suite } from '../suite.ts'

const test = suite('the user of a machine')

test('is the same each time, another for each machine, and in a range that is nobody else’s', () => {
  assert.is(machineUser('lab', 'web'), 1991374018)
  const users = Array.from({ length: 2000 }, (_, index) => machineUser('lab', `vm-${index}`))
  assert.is(new Set([...users, machineUser('other', 'vm-0')]).size, 2001)
  // Behind the containers' of systemd, and before its range for foreign users (2147352576).
  for (const user of users) assert.ok(user >= 1879048192 && user < 1879048192 + 2 ** 27, String(user))
})

test.run()
