// What the pictures say, without a browser.
import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { addressSpace } from '../../src/picture/address-space.ts'
import { runsOf, shortBytes } from '../../src/picture/amounts.ts'
import { drawPlan } from '../../src/picture/plan-picture.ts'
import { processorsOf } from '../../src/picture/processors.ts'
import { styleSheet } from '../../src/picture/style.ts'
import { escapeText } from '../../src/picture/svg.ts'
import { fitText, textWidth } from '../../src/picture/text-width.ts'
import { suite } from '../suite.ts'
import { documentedPictures } from './documented.ts'
import { MACHINES, picturedPlan } from './machines.ts'

const test = suite('pictures of plans')
const FONT = { family: 'sans', size: 12 } as const

function machine(name: string): ReturnType<typeof picturedPlan> {
  const found = MACHINES.find(([candidate]) => candidate === name)
  if (found === undefined) throw new Error(name)
  return picturedPlan(found)
}

test('are the same bytes each time, and those of docs/pictures/', () => {
  const again = new Map(documentedPictures())
  for (const [name, svg] of documentedPictures()) {
    assert.is(svg, again.get(name))
    const kept = readFileSync(new URL(`../../docs/pictures/${name}.svg`, import.meta.url), 'utf8')
    assert.is(svg, kept, `${name}: run scripts/pictures.ts`)
  }
})

test('have a title, a description, text that is text, and colours for a dark page', () => {
  const svg = drawPlan(machine('web'))
  assert.match(svg, /<title id="picture-title">Boot plan of web<\/title>/)
  assert.match(svg, /<desc id="picture-description">16 vCPUs, 8GiB of memory, .*disk-root on GSI 5/)
  assert.match(svg, 'prefers-color-scheme:dark')
  assert.match(svg, />02:00:00:00:00:01 on passt, ports 8080:80 8443:443, MTU 1500</)
  assert.match(svg, />\/srv\/src &amp; &lt;more&gt;, read-only, cache auto</)
  assert.match(svg, />\/var\/cache\/数据, cache always</)
})

test('take processors and nodes from what the guest will read', () => {
  const { list, nodes, threadBits, coreBits } = processorsOf(machine('web').plan)
  assert.equal([threadBits, coreBits], [1, 2])
  assert.equal(list[9], { vcpu: 9, apicId: 9, socket: 1, core: 0, thread: 1, node: 1 })
  assert.equal(
    nodes.map(({ distances }) => distances),
    [
      [10, 21],
      [21, 10],
    ],
  )
  assert.equal(nodes[0]?.memory, [
    { start: 0, size: 0xc0000000 },
    { start: 0x100000000, size: 0x40000000 },
  ])
  assert.equal(processorsOf(machine('sockets').plan).nodes, [])
})

test('show every byte of the address space once, and all that is loaded', () => {
  for (const [name] of MACHINES) {
    const { plan } = machine(name)
    const { zones, firstMib, ram, hole } = addressSpace(plan)
    let end = 0
    for (const { start, size } of zones) {
      assert.is(start, end, name)
      end = start + size
    }
    const placed = [...firstMib, ...ram, ...hole].filter(({ label }) => !['free', 'nothing'].includes(label))
    const windows = plan.devices.filter((device) => 'mmio' in device).length
    // The VGA window; IOAPIC, LAPIC and two of KVM's own.
    assert.is(placed.length, plan.load.length + 1 + windows + 4, name)
  }
})

test('fit text into its width, by its beginning and end', () => {
  const long = '/srv/a-directory/with/a/long/name.img'
  const short = fitText(long, 100, FONT)
  assert.ok(textWidth(short, FONT) <= 100)
  assert.match(short, /^\/srv.*….*img$/)
  assert.is(fitText('short', 100, FONT), 'short')
  assert.is(fitText(long, 1, FONT), '…')
})

test('escape what XML and the direction of text make of names', () => {
  assert.is(escapeText('a<b>&"c\u0000\u202e\ud800'), 'a&lt;b&gt;&amp;&quot;c\ufffd\ufffd\ufffd')
})

test('write amounts and runs short', () => {
  assert.equal([284, 4096, 1740, 3 * 2 ** 30, 1.5 * 2 ** 20].map(shortBytes), [
    '284 B',
    '4KiB',
    '1.7KiB',
    '3GiB',
    '1.5MiB',
  ])
  assert.is(runsOf([0, 1, 2, 5, 7, 8]), '0–2, 5, 7–8')
})

/** WCAG 2.1: relative luminance and contrast. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

test('keep text readable on what it stands on, light and dark', () => {
  const [light = '', dark = ''] = styleSheet().split('@media')
  const fills = (sheet: string): Map<string, string> =>
    new Map(
      [...sheet.matchAll(/\.([a-z0-9-]+)\{fill:(#[0-9a-f]{6})\}/g)].map(([, name = '', colour = '']) => [name, colour]),
    )
  for (const colours of [fills(light), fills(dark)]) {
    const pairs = [
      'page',
      'panel',
      'ram',
      'first-mib',
      'devices',
      ...Array.from({ length: 8 }, (_, node) => `node${node}`),
    ]
    const texts = [...pairs.map((under) => ['ink', under]), ['dim', 'page'], ['dim', 'panel'], ['dim', 'nothing']]
    for (const [over = '', under = ''] of texts) {
      const ratio = contrast(colours.get(over) ?? '', colours.get(under) ?? '')
      assert.ok(ratio >= 4.5, `${over} on ${under}: ${ratio}`)
    }
  }
})

test.run()
