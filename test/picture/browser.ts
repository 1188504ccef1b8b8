// Pictures in a real browser: what it makes of their text, and screenshots. scripts/pictures uses it too.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path))
const TIMEOUT_MS = 120_000
const OUTPUT_MAX = 64 * 1024 * 1024

/** Why there is no browser, for tests that skip. */
export const NO_BROWSER: string | false = BROWSER === undefined && 'no chromium: apt-get install chromium'

/** A text as the browser laid it out, in pixels of the picture. */
export interface MeasuredText {
  content: string
  x: number
  y: number
  width: number
  height: number
  size: number
  mono: boolean
  bold: boolean
}

export interface MeasuredPicture {
  /** Of an XML parser; null where it took the picture. */
  error: string | null
  width: number
  height: number
  texts: MeasuredText[]
}

/** Measures pictures, each an SVG as text; `font` takes the place of the proportional ones. */
export async function measure(pictures: readonly string[], font?: string): Promise<MeasuredPicture[]> {
  const override = font === undefined ? '' : `<style>text.sans{font-family:'${font}'!important}</style>`
  const data = JSON.stringify(pictures).replaceAll('<', '\\u003c')
  const html = `<!doctype html><meta charset="utf-8">${override}<body><script>const pictures=${data};${MEASURE}</script>`
  const dom = await inFile(html, 'page.html', (url) => browse(['--dump-dom', url]))
  const found = /<pre id="result">([^<]*)<\/pre>/.exec(dom)
  if (found === null) throw new Error(`the browser answered ${dom.slice(0, 200)}`)
  return JSON.parse(decodeURIComponent(found[1] ?? '')) as MeasuredPicture[]
}

const MEASURE = `
const results = pictures.map((source) => {
  const parsed = new DOMParser().parseFromString(source, 'image/svg+xml')
  const error = parsed.querySelector('parsererror')
  const svg = document.importNode(parsed.documentElement, true)
  document.body.append(svg)
  const texts = [...svg.querySelectorAll('text')].map((text) => {
    const { x, y, width, height } = text.getBBox()
    const content = [...text.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join('')
    const size = Number(text.getAttribute('font-size'))
    return { content, x, y, width, height, size, mono: text.classList.contains('mono'), bold: text.classList.contains('bold') }
  })
  const { width, height } = svg.viewBox?.baseVal ?? { width: 0, height: 0 }
  svg.remove()
  return { error: error && error.textContent, width, height, texts }
})
const result = document.createElement('pre')
result.id = 'result'
result.textContent = encodeURIComponent(JSON.stringify(results))
document.body.replaceChildren(result)
`

/** Saves a PNG of the picture as it looks on a light or a dark page. */
export async function screenshot(svg: string, file: string, dark: boolean): Promise<void> {
  const [, width = '0', height = '0'] = /<svg [^>]*width="(\d+)" height="(\d+)"/.exec(svg) ?? []
  const scheme = dark ? ['--blink-settings=preferredColorScheme=0'] : []
  const shot = ['--hide-scrollbars', `--window-size=${width},${height}`, `--screenshot=${file}`]
  await inFile(svg, 'picture.svg', (url) => browse([...scheme, ...shot, url]))
}

async function inFile<Result>(content: string, name: string, use: (url: string) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'volt-picture-'))
  try {
    await writeFile(join(directory, name), content)
    return await use(`file://${join(directory, name)}`)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function browse(args: string[]): Promise<string> {
  if (BROWSER === undefined) throw new Error(String(NO_BROWSER))
  // Chromium's sandbox refuses root; what it is shown here is ours.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const profile = await mkdtemp(join(tmpdir(), 'volt-browser-'))
  try {
    const common = ['--headless', '--disable-gpu', `--user-data-dir=${profile}`, ...sandbox]
    const { stdout } = await run(BROWSER, [...common, ...args], { timeout: TIMEOUT_MS, maxBuffer: OUTPUT_MAX })
    return stdout
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}
