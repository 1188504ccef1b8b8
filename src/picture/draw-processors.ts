// APIC topology: a box for each socket (and node, where NUMA cuts it), in it the cores, in them a cell for each vCPU.
import { counted } from './amounts.ts'
import type { BootPlan } from '../plan/boot-plan.gen.ts'
import { drawNodes } from './draw-nodes.ts'
import { INNER_WIDTH, MARGIN, sectionTitle, type Drawn } from './page.ts'
import { processorsOf, type DrawnProcessor, type Processors } from './processors.ts'
import { FONTS, NODE_COLOURS } from './style.ts'
import { element, path, rectangle, text, type Point } from './svg.ts'
import { textWidth } from './text-width.ts'

const PADDING = 12
const HEADER = 26
const BOX_GAP = 14
const CORE_GAP = 4

/** Size of a cell, smaller where there are many. */
interface CellSize {
  width: number
  height: number
  font: (typeof FONTS)['address' | 'small']
}

/** Cores of a socket that are in one node, in the order of their APIC ids. */
interface CoreGroup {
  title: string
  cores: DrawnProcessor[][]
}

export function drawProcessors(plan: BootPlan, top: number): Drawn {
  const processors = processorsOf(plan)
  const { list, nodes } = processors
  const help =
    'a cell is a vCPU with its APIC id, a box of cells a core; the outlined one starts, the others wait for it'
  const head = sectionTitle('Processors', help, top)
  const line = text({ x: MARGIN, y: head.bottom + 12 }, summaryOf(processors), {
    font: FONTS.label,
    kind: 'dim',
    width: INNER_WIDTH,
  })
  const cards = drawNodes(processors, head.bottom + 30)
  const size = cellSize(list.length)
  const boxes = flow(groupsOf(processors), size, nodes.length > 0 ? cards.bottom + BOX_GAP : head.bottom + 30)
  return { elements: [...head.elements, line, ...cards.elements, ...boxes.elements], bottom: boxes.bottom }
}

function summaryOf({ list, threadBits, coreBits }: Processors): string {
  const count = (key: (processor: DrawnProcessor) => string): number => new Set(list.map(key)).size
  const sockets = count(({ socket }) => `${socket}`)
  const cores = count(({ socket, core }) => `${socket} ${core}`)
  const each = (part: number, whole: number, noun: string): string =>
    part % whole === 0 ? counted(part / whole, noun) : `${counted(part, noun)} in all`
  const shape = [counted(sockets, 'socket'), each(cores, sockets, 'core'), each(list.length, cores, 'thread')].join(
    ' × ',
  )
  const fields = [
    ...(threadBits > 0 ? [`thread in ${bits(0, threadBits)}`] : []),
    ...(coreBits > 0 ? [`core in ${bits(threadBits, coreBits)}`] : []),
    ...(sockets > 1 ? [`socket from bit ${threadBits + coreBits}`] : []),
  ]
  const how = fields.length === 0 ? '' : `; of an APIC id: ${fields.join(', ')}`
  return `${counted(list.length, 'vCPU')}: ${shape}${how}`
}

function bits(from: number, width: number): string {
  return width === 1 ? `bit ${from}` : `bits ${from} to ${from + width - 1}`
}

function cellSize(count: number): CellSize {
  if (count <= 16) return { width: 44, height: 32, font: FONTS.address }
  if (count <= 256) return { width: 28, height: 24, font: FONTS.address }
  return { width: 28, height: 18, font: FONTS.small }
}

function groupsOf({ list, nodes }: Processors): CoreGroup[] {
  const cores = new Map<string, DrawnProcessor[]>()
  for (const processor of list) {
    const key = `${processor.socket} ${processor.core}`
    cores.set(key, [...(cores.get(key) ?? []), processor])
  }
  const groups = new Map<string, CoreGroup>()
  for (const core of cores.values()) {
    const [{ socket, node } = { socket: 0, node: undefined }] = core
    const title = nodes.length === 0 || node === undefined ? `socket ${socket}` : `socket ${socket}, node ${node}`
    const group = groups.get(title) ?? { title, cores: [] }
    group.cores.push(core)
    groups.set(title, group)
  }
  return [...groups.values()]
}

/** Boxes from left to right, as many as fit, row by row. */
function flow(groups: readonly CoreGroup[], size: CellSize, top: number): Drawn {
  const elements: string[] = []
  let at: Point = { x: MARGIN, y: top }
  let bottom = top
  for (const group of groups) {
    const shape = shapeOf(group, size)
    if (at.x > MARGIN && at.x + shape.width > MARGIN + INNER_WIDTH) at = { x: MARGIN, y: bottom + BOX_GAP }
    elements.push(...drawGroup(group, shape, size, at))
    bottom = Math.max(bottom, at.y + shape.height)
    at = { x: at.x + shape.width + BOX_GAP, y: at.y }
  }
  return { elements, bottom }
}

interface GroupShape {
  /** Cores in a row; where they do not fit one, a power of two that takes the whole width. */
  perRow: number
  coreWidth: number
  width: number
  height: number
}

function shapeOf({ title, cores }: CoreGroup, { width: cell, height }: CellSize): GroupShape {
  const narrowest = Math.max(...cores.map((core) => core.length)) * cell
  const room = INNER_WIDTH - 2 * PADDING
  const fitting = Math.max(1, Math.floor((room + CORE_GAP) / (narrowest + CORE_GAP)))
  const perRow = cores.length <= fitting ? cores.length : 2 ** Math.floor(Math.log2(fitting))
  const rows = Math.ceil(cores.length / perRow)
  const coreWidth = rows === 1 ? narrowest : (room + CORE_GAP) / perRow - CORE_GAP
  const content = perRow * (coreWidth + CORE_GAP) - CORE_GAP
  return {
    perRow,
    coreWidth,
    width: 2 * PADDING + Math.max(content, textWidth(title, FONTS.strong)),
    height: HEADER + rows * (height + CORE_GAP) - CORE_GAP + PADDING,
  }
}

function drawGroup({ title, cores }: CoreGroup, shape: GroupShape, size: CellSize, { x, y }: Point): string[] {
  const threads = Math.max(...cores.map((core) => core.length))
  const drawn = cores.flatMap((core, index) => {
    const row = Math.floor(index / shape.perRow)
    const left = x + PADDING + (index % shape.perRow) * (shape.coreWidth + CORE_GAP)
    return drawCore(
      core,
      { ...size, width: shape.coreWidth / threads },
      { x: left, y: y + HEADER + row * (size.height + CORE_GAP) },
    )
  })
  return [
    rectangle({ x, y, width: shape.width, height: shape.height }, 'panel', 8),
    text({ x: x + PADDING, y: y + 17 }, title, { font: FONTS.strong }),
    ...drawn,
  ]
}

function drawCore(core: readonly DrawnProcessor[], { width, height, font }: CellSize, { x, y }: Point): string[] {
  const node = core[0]?.node
  const fill = node === undefined ? 'ram' : `node${node % NODE_COLOURS}`
  const cells = core.flatMap(({ vcpu, apicId, socket, core: index, thread, node: own }, position) => {
    const left = x + position * width
    const where = own === undefined ? '' : `, node ${own}`
    const told = `vCPU ${vcpu}: APIC id ${apicId}, socket ${socket}, core ${index}, thread ${thread}${where}`
    return [
      ...(position === 0 ? [] : [path(`M${left} ${y + 4}V${y + height - 4}`, 'line wire')]),
      text({ x: left + width / 2, y: y + height / 2 + font.size * 0.36 }, `${apicId}`, {
        font,
        anchor: 'middle',
        title: told,
      }),
      ...(vcpu === 0
        ? [element('rect', { x: left + 1, y: y + 1, width: width - 2, height: height - 2, rx: 3, class: 'line first' })]
        : []),
    ]
  })
  return [rectangle({ x, y, width: core.length * width, height }, fill, 4), ...cells]
}
