// The pictures in Debian's chromium: no text over another, none outside, none wider than the layout thought.
import * as assert from 'uvu/assert'
import { drawPlan } from '../../src/picture/plan-picture.ts'
import { drawTimeline } from '../../src/picture/draw-timeline.ts'
import { textWidth } from '../../src/picture/text-width.ts'
import { suite } from '../suite.ts'
import { BOOTS } from './boots.ts'
import { measure, NO_BROWSER, type MeasuredPicture, type MeasuredText } from './browser.ts'
import { MACHINES, picturedPlan } from './machines.ts'

const test = suite('pictures in a browser')

/** Half a pixel, for rounding. */
const TOLERANCE = 0.5

function overlap(one: MeasuredText, other: MeasuredText): boolean {
  const wide = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x)
  const high = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y)
  // Boxes have room above and below the letters, more than lines are apart.
  return wide > TOLERANCE && high > Math.min(one.size, other.size) * 0.35
}

/** What is wrong with the picture, a sentence each. */
function faultsOf({ error, width, height, texts }: MeasuredPicture): string[] {
  const faults = error === null ? [] : [error]
  texts.forEach((text, index) => {
    const { content, x, y, size, mono, bold } = text
    if (x < 0 || y < 0 || x + text.width > width || y + text.height > height) faults.push(`“${content}” is outside`)
    const thought = textWidth(content, { family: mono ? 'mono' : 'sans', size, bold })
    if (text.width > thought + TOLERANCE) faults.push(`“${content}” takes ${text.width} pixels and not ${thought}`)
    for (const other of texts.slice(index + 1)) {
      if (overlap(text, other)) faults.push(`“${content}” lies over “${other.content}”`)
    }
  })
  return faults
}

const pictures = [
  ...MACHINES.map((machine): [string, string] => [`plan of ${machine[0]}`, drawPlan(picturedPlan(machine))]),
  ...BOOTS.map(([name, timeline]): [string, string] => [`timeline of ${name}`, drawTimeline(timeline)]),
]

// The first of the pictures' own fonts that is here, and the widest that they fall back to.
for (const font of [undefined, 'DejaVu Sans']) {
  test.skipIf(NO_BROWSER, `no text lies over another or outside, in ${font ?? 'the first font there is'}`, async () => {
    const measured = await measure(
      pictures.map(([, svg]) => svg),
      font,
    )
    assert.is(measured.length, pictures.length)
    measured.forEach((picture, index) => {
      assert.ok(picture.texts.length > 5, 'there is text')
      assert.equal(faultsOf(picture), [], pictures[index]?.[0])
    })
  })
}

test.skipIf(NO_BROWSER, 'finds text over text, outside, too wide, and what is no XML', async () => {
  const svg = (content: string): string =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50" viewBox="0 0 100 50">${content}</svg>`
  const text = (x: number, content: string): string =>
    `<text class="sans" font-size="10" x="${x}" y="20">${content}</text>`
  const measured = await measure([
    svg(text(10, 'one') + text(15, 'two')),
    svg(text(90, 'outside')),
    svg(`<text class="sans" font-size="10" x="0" y="20" style="letter-spacing:20px">wide</text>`),
    svg('<text>&nothing;</text>'),
  ])
  const [over, outside, wide, broken] = measured.map(faultsOf)
  assert.equal(over, ['“one” lies over “two”'])
  assert.equal(outside, ['“outside” is outside'])
  assert.match(wide?.[0] ?? '', '“wide” takes ')
  assert.ok((broken?.length ?? 0) > 0)
})

test.run()
