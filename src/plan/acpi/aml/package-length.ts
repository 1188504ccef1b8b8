// AML package lengths, which count themselves. ACPI 6.4 §20.2.4.

/** PkgLength for a package whose content after the length is `contentLength` bytes. */
export function packageLength(contentLength: number): number[] {
  if (contentLength + 1 <= 0x3f) return [contentLength + 1]
  for (let following = 1; following <= 3; following++) {
    const total = contentLength + 1 + following
    if (total < 2 ** (4 + 8 * following)) {
      const bytes = [(following << 6) | (total & 0xf)]
      for (let i = 0; i < following; i++) bytes.push((total >>> (4 + 8 * i)) & 0xff)
      return bytes
    }
  }
  throw new RangeError(`${contentLength} bytes are too many for a package`)
}

/** An opcode, the length of all that follows, and what follows. */
export function withLength(opcode: number[], ...content: number[][]): number[] {
  const body = content.flat()
  return [...opcode, ...packageLength(body.length), ...body]
}
