// NUMA nodes: a card each, with its processors, its memory and how far the others are.
import { hex } from '../plan/address.ts'
import { counted, runsOf, shortBytes } from './amounts.ts'
import { INNER_WIDTH, MARGIN, type Drawn } from './page.ts'
import type { DrawnNode, Processors } from './processors.ts'
import { FONTS, NODE_COLOURS } from './style.ts'
import { rectangle, text, type Box } from './svg.ts'

const CARDS = 2
const GAP = 14
const WIDTH = (INNER_WIDTH - (CARDS - 1) * GAP) / CARDS
const HEIGHT = 84
const PADDING = 16

/** Nothing without NUMA. */
export function drawNodes({ list, nodes }: Processors, top: number): Drawn {
  const elements = nodes.flatMap((node, index) => {
    const x = MARGIN + (index % CARDS) * (WIDTH + GAP)
    const y = top + Math.floor(index / CARDS) * (HEIGHT + GAP)
    const apicIds = list.filter((processor) => processor.node === index).map(({ apicId }) => apicId)
    return drawNode(node, index, apicIds, { x, y, width: WIDTH, height: HEIGHT })
  })
  const rows = Math.ceil(nodes.length / CARDS)
  return { elements, bottom: top + Math.max(0, rows * (HEIGHT + GAP) - GAP) }
}

function drawNode({ memory, distances }: DrawnNode, index: number, apicIds: number[], box: Box): string[] {
  const { x, y, width, height } = box
  const bytes = memory.reduce((sum, { size }) => sum + size, 0)
  const ranges = memory.map(({ start, size }) => `${hex(start)}-${hex(start + size - 1)}`).join(', ')
  const ids = apicIds.length === 0 ? 'no vCPU' : `${counted(apicIds.length, 'vCPU')}: APIC ids ${runsOf(apicIds)}`
  const left = x + PADDING + 14
  const room = width - 2 * PADDING - 14
  const lines: [string, (typeof FONTS)['label' | 'address']][] = [
    [`${shortBytes(bytes)}: ${ranges}`, FONTS.address],
    [distances.length === 0 ? ids : `${ids}; distances ${distances.join(' ')}`, FONTS.label],
  ]
  return [
    rectangle(box, 'panel', 8),
    rectangle({ x: x + PADDING - 4, y: y + 14, width: 8, height: height - 28 }, `node${index % NODE_COLOURS}`, 3),
    text({ x: left, y: y + 26 }, `NUMA node ${index}`, { font: FONTS.strong }),
    ...lines.map(([line, font], row) =>
      text({ x: left, y: y + 47 + row * 20 }, line, { font, kind: 'dim', width: room }),
    ),
  ]
}
