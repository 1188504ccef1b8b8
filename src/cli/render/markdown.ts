// Pieces of GitHub's Markdown, of texts that come from files: nothing in them is markup, a link or a mention.

/** A text as code, on one line; in tables too. */
export function markdownCode(text: string): string {
  const line = text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
  if (line === '') return ''
  const fence = '`'.repeat(1 + Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length)))
  const padding = line.startsWith('`') || line.endsWith('`') ? ' ' : ''
  return `${fence}${padding}${line}${padding}${fence}`.replaceAll('|', '\\|')
}

/** A sentence of ours that may hold words of a file. */
export function markdownText(text: string): string {
  const line = text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
  return line
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*_~|[\]#!]/g, '\\$&')
    .replace(/@(?=\w)/g, '@<!-- -->')
    .replace(/(https?|ftp):/g, '$1&#58;')
    .replace(/\bwww\./g, 'www&#46;')
}

/** Cells are Markdown already. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('')
}

/** Text as it is, in a block that a reader opens. */
export function markdownDetails(summary: string, text: string): string {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)))
  return `<details><summary>${markdownText(summary)}</summary>\n\n${fence}text\n${text.trimEnd()}\n${fence}\n\n</details>\n`
}
