// Settings of a running machine as people write them.
import * as assert from 'uvu/assert'
import { parseSetting } from '../../src/run/parse-setting.ts'
import { VoltError } from '../../src/volt-error.ts'
import { suite } from '../suite.ts'

const test = suite('settings of a running machine')

const MIB = 1024 ** 2

for (const [text, request] of [
  ['balloon=256MiB', { request: 'balloon', target: 256 * MIB }],
  ['balloon=2052KiB', { request: 'balloon', target: 2052 * 1024 }],
  [
    'disk.root.bandwidth=10MiB/s',
    { request: 'rate', device: 'disk-root', limits: { bandwidth: { perSecond: 10 * MIB, burst: 10 * MIB } } },
  ],
  ['disk.data-1.ops=500', { request: 'rate', device: 'disk-data-1', limits: { ops: { perSecond: 500, burst: 500 } } }],
  ['disk.root.ops=none', { request: 'rate', device: 'disk-root', limits: { ops: null } }],
  ['net.lan.receive=none', { request: 'rate', device: 'net-lan', limits: { receive: null } }],
  ['net.lan.transmit=1KiB/s', { request: 'rate', device: 'net-lan', limits: { transmit: { perSecond: 1024, burst: 1024 } } }], // prettier-ignore
  ['console=120x40', { request: 'resize', columns: 120, rows: 40 }],
  ['console=65535x1', { request: 'resize', columns: 65535, rows: 1 }],
  ['rng.bandwidth=none', { request: 'rate', device: 'rng', limits: { bandwidth: null } }],
] as const) {
  test(text, () => assert.equal(parseSetting(text), request))
}

for (const [text, message, hint] of [
  ['balloon', "a setting is NAME=VALUE, not 'balloon'", 'such as balloon=256MiB'],
  ['=1', "not '=1'", 'such as'],
  ['balloon=', "'' is no size such as 256MiB", ''],
  ['balloon=256MB', "'256MB' is no size", 'did you mean 256MiB?'],
  ['balloon=256', "'256' is no size", 'did you mean 256MiB?'],
  ['balloon=-1MiB', 'is no size', ''],
  ['balloon=1MiB', 'a guest keeps at least 2MiB', ''],
  ['balloon=4099KiB', 'a multiple of 4KiB', 'did you mean 4100KiB?'],
  ['balloon=none', 'is no size', ''],
  ['console=120', "'120' is no size of a terminal", 'columns and rows from 1 to 65535, such as 120x40'],
  ['console=0x40', 'is no size of a terminal', 'such as'],
  ['console=80x65536', 'is no size of a terminal', 'such as'],
  ['console=65536x25', 'is no size of a terminal', 'such as'],
  ['console=80x25x1', 'is no size of a terminal', 'such as'],
  ['disk.root.bandwidth=10MiB', "'10MiB' is no rate", 'did you mean 10MiB/s?'],
  ['disk.root.bandwidth=2TiB/s', 'at most 1TiB/s', "'none' is no limit"],
  ['disk.root.ops=0', "'0' is no number of operations", ''],
  ['disk.root.ops=1000000001', 'is no number of operations', ''],
  ['disk.root.receive=1MiB/s', "no setting 'disk.root.receive'", 'there are balloon,'],
  ['disk.bandwidth=1MiB/s', "no setting 'disk.bandwidth'", 'there are'],
  ['disk..ops=1', "no setting 'disk..ops'", 'there are'],
  ['rng.a.bandwidth=1MiB/s', 'no setting', 'there are'],
  ['memory=1GiB', "no setting 'memory'", 'there are'],
  ['constructor.a.bandwidth=1MiB/s', 'no setting', 'there are'],
] as const) {
  test(`USAGE for ${text}`, () => {
    try {
      parseSetting(text)
    } catch (error) {
      assert.instance(error, VoltError)
      assert.is((error as VoltError).code, 'USAGE')
      assert.match((error as VoltError).message, message)
      assert.match((error as VoltError).hint ?? '', hint)
      return
    }
    assert.unreachable('it was accepted')
  })
}

test.run()
