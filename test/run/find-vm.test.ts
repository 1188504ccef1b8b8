// A machine by its name: whose it is where several projects have machines.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { findVm } from '../../src/run/find-vm.ts'
import { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'

const test = suite('finding a machine by its name')

/** A state home with these directories of machines, `PROJECT/NAME`. */
async function withMachines(machines: string[], body: () => Promise<void>): Promise<void> {
  const before = process.env['XDG_STATE_HOME']
  const home = await mkdtemp(join(tmpdir(), 'volt-find-vm-'))
  process.env['XDG_STATE_HOME'] = home
  try {
    for (const machine of machines) await mkdir(join(home, 'volt', machine), { recursive: true })
    await body()
  } finally {
    if (before === undefined) delete process.env['XDG_STATE_HOME']
    else process.env['XDG_STATE_HOME'] = before
    await rm(home, { recursive: true })
  }
}

async function refusal(name: string, project?: string): Promise<VoltError> {
  const error = await findVm(name, project, '/nowhere').then(() => undefined, (thrown: unknown) => thrown) // prettier-ignore
  if (error instanceof VoltError) return error
  throw new Error(`found ${name}`)
}

test('where it is not, those that are there are named, with their projects where there are several', async () => {
  await withMachines(['shop/web', 'shop/db'], async () => {
    assert.is((await refusal('wbe')).hint, 'there are: db, web')
    assert.is((await findVm('web', undefined, '/nowhere')).project.name, 'shop')
  })
  await withMachines(['blog/web', 'shop/web'], async () => {
    const { code, hint } = await refusal('wbe')
    assert.equal([code, hint], ['NO_SUCH_VM', 'there are: blog/web, shop/web'])
    assert.is((await refusal('wbe', 'shop')).hint, 'there are: web')
    assert.is((await refusal('web')).message, "several projects have a machine 'web': blog, shop")
  })
  await withMachines([], async () => assert.match((await refusal('web')).hint ?? '', '`volt apply FILE` starts one'))
})

test.run()
