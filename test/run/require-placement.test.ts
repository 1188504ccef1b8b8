// What a machine asks of the host beside its devices.
import * as assert from 'uvu/assert'
import { readPool } from '../../src/host/huge-pages.ts'
import type { BootPlan } from '../../src/plan/boot-plan.gen.ts'
import { DEFAULT_LIFE } from '../../src/plan/life.ts'
import { requireCpus, requireHugePages } from '../../src/run/require-placement.ts'
import { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'

const test = suite('placement on the host')
const TIB = 1024 ** 4
const plan = { memory: [{ gpa: '0x0', size: 64 * TIB }] } as unknown as BootPlan

async function refusalOf(hugePages: 'transparent' | '2MiB' | '1GiB'): Promise<VoltError | undefined> {
  try {
    await requireHugePages({ plan, life: { ...DEFAULT_LIFE, hugePages } })
    return undefined
  } catch (error) {
    assert.ok(error instanceof VoltError)
    return error
  }
}

test('processors that are online are there, whatever the ranges', () => {
  requireCpus(['0', '1-3,8'], '0-8')
  requireCpus(['0-3'], '0-3,6')
})

test('a processor that is not online is an error that names both lists', () => {
  for (const pin of [['0', '2'], ['0-2'], ['1,4']]) {
    assert.throws(
      () => requireCpus(pin, '0-1\n'),
      (error: VoltError) => error.code === 'HOST_ERROR' && error.message.includes(pin.at(-1) ?? '') && error.message.includes('0-1'), // prettier-ignore
    )
  }
})

test('too few huge pages are an error that says how many are free and where to get more', async () => {
  const pool = await readPool(2 * 1024 ** 2)
  const error = await refusalOf('2MiB')
  assert.is(error?.code, 'HOST_ERROR')
  assert.match(error?.message ?? '', /needs 33554432 huge pages of 2MiB/)
  if (pool !== undefined) assert.match(error?.hint ?? '', /hugepages-2048kB\/nr_hugepages/)
  assert.is((await refusalOf('1GiB'))?.code, 'HOST_ERROR')
  assert.is(await refusalOf('transparent'), undefined)
})

test.run()
