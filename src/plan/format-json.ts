// JSON for people: what fits a line stays on it, one element a line otherwise.

const LINE_WIDTH = 160

/** Members that are undefined are left out. No newline at the end. */
export function formatJson(value: unknown, indent = ''): string {
  const line = formatLine(value)
  if (typeof value !== 'object' || value === null || indent.length + line.length <= LINE_WIDTH) return line
  const inner = `${indent}  `
  if (Array.isArray(value)) return `[\n${value.map((item) => inner + formatJson(item, inner)).join(',\n')}\n${indent}]`
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{\n${members.map(([key, member]) => `${inner}${JSON.stringify(key)}: ${formatJson(member, inner)}`).join(',\n')}\n${indent}}`
}

function formatLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatLine).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return members.length === 0
    ? '{}'
    : `{ ${members.map(([key, member]) => `${JSON.stringify(key)}: ${formatLine(member)}`).join(', ')} }`
}
