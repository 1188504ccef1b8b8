// What modules say of themselves, and modules that are damaged or hostile.
import * as assert from 'uvu/assert'
import { KernelError } from '../../src/kernel/kernel-error.ts'
import { readModuleInfo } from '../../src/kernel/read-module-info.ts'
import { buildModule, type ModulePlan } from '../store/support/build-module.ts'
import { suite } from '../suite.ts'

const test = suite('what a module says of itself')

test('name, dependencies, wishes and aliases', () => {
  const entries = [
    'license=GPL',
    'alias=fs-ext4',
    'depends=jbd2,mbcache,crc16',
    'softdep=pre: crypto-crc32c a post: b',
    'softdep=nobody',
    'alias=ext3',
    'parm=x=y:of a kind',
    'no entry',
    'name=ext4',
  ]
  assert.equal(readModuleInfo(buildModule({ entries })), {
    name: 'ext4',
    depends: ['jbd2', 'mbcache', 'crc16'],
    softBefore: ['crypto-crc32c', 'a'],
    softAfter: ['b'],
    aliases: ['fs-ext4', 'ext3'],
  })
})

test('no dependencies are none', () => {
  assert.equal(readModuleInfo(buildModule({ entries: ['depends='] })).depends, [])
})

const WRONG: readonly (readonly [what: string, plan: Partial<ModulePlan>, message: RegExp])[] = [
  ['its last entry is cut off', { ended: false }, /is cut off/],
  ['the section goes beyond the file', { infoBytes: 1 << 20 }, /ends within its section 2/],
  ['the section is none', { section: '.modinfos' }, /has no section/],
  ['the table lies beyond the file', { tableOffset: 2n ** 63n }, /ends within its table/],
  ['the table is longer than the file', { sectionCount: 0xffff }, /ends within its table/],
  ['it has no sections', { sectionCount: 0 }, /no table/],
  ['the names are in no section', { namesIndex: 3 }, /no table/],
  ['the names are in the first section, which is none', { namesIndex: 0 }, /has no section/],
  ['it is a program', { type: 2 }, /no object file/],
]
for (const [what, plan, message] of WRONG) {
  test(`is refused where ${what}`, () => {
    refused(buildModule({ entries: ['depends=', 'name=a'], ...plan }), message)
  })
}

test('a module that is cut off anywhere is refused, and never read beyond its end', () => {
  const whole = buildModule({ entries: ['depends=b', 'name=a'] })
  for (let length = 0; length < whole.length; length++) refused(whole.subarray(0, length), /damaged/)
})

function refused(bytes: Buffer, message: RegExp): void {
  assert.throws(
    () => readModuleInfo(bytes),
    (error: unknown) => error instanceof KernelError && error.fault === 'damaged' && message.test(error.message),
  )
}

test.run()
