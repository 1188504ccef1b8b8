// Draws docs/pictures/ anew: SVGs, and with chromium screenshots of them. `npx tsx scripts/pictures.ts`
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { NO_BROWSER, screenshot } from '../test/picture/browser.ts'
import { DARK, documentedPictures } from '../test/picture/documented.ts'

const directory = fileURLToPath(new URL('../docs/pictures/', import.meta.url))

await mkdir(directory, { recursive: true })
for (const [name, svg] of documentedPictures()) {
  await writeFile(`${directory}${name}.svg`, svg)
  if (NO_BROWSER !== false) continue
  await screenshot(svg, `${directory}${name}.png`, false)
  if (DARK.includes(name)) await screenshot(svg, `${directory}${name}-dark.png`, true)
}
if (NO_BROWSER !== false) {
  console.error(`no screenshots: ${NO_BROWSER}`)
  process.exitCode = 1
}
