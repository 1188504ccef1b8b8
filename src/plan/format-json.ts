// JSON for people: what fits a line stays on it, one element a line otherwise.

const LINE_WIDTH = 160

/** Members that are undefined are left out. No newline at the end. */
export function formatJson(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const inner = `${indent}  `
  const isArray = Array.isArray(value)
  const parts = isArray
    ? value.map((item) => formatJson(item, inner))
    : Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([key, member]) => `${JSON.stringify(key)}: ${formatJson(member, inner)}`)
  const [open, close] = isArray ? '[]' : '{}'
  // A part of several lines did not fit one, so that the whole does not either.
  if (!parts.some((part) => part.includes('\n'))) {
    const pad = isArray || parts.length === 0 ? '' : ' '
    const line = `${open}${pad}${parts.join(', ')}${pad}${close}`
    if (indent.length + line.length <= LINE_WIDTH) return line
  }
  return `${open}\n${parts.map((part) => inner + part).join(',\n')}\n${indent}${close}`
}
