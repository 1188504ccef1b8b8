// How wide text is, without a browser: by the widest font that the stacks of style.ts fall back to, DejaVu.

export interface Font {
  family: 'sans' | 'mono'
  /** Pixels. */
  size: number
  bold?: boolean
}

/** Advances of U+0020 to U+007E in hundredths of the font's size. */
const REGULAR = advances(
  '32 40 46 84 64 95 78 27 39 39 50 84 32 36 32 34 64 64 64 64 64 64 64 64 64 64 34 34 84 84 84 53 102 68 69 70 77 63 58 77 75 29 29 66 56 89 75 79 60 79 69 67 61 73 68 99 69 67 69 39 34 39 84 56 50 61 63 55 63 62 35 63 63 28 28 58 28 97 63 61 63 63 41 52 39 63 59 82 59 59 52 64 34 64 84',
)
const BOLD = advances(
  '35 46 52 84 70 100 87 31 46 46 52 84 38 42 38 37 70 70 70 70 70 70 70 70 70 70 40 40 84 84 84 58 102 77 76 73 83 68 68 82 84 37 37 77 64 100 84 85 73 85 77 72 68 81 77 110 77 72 73 46 37 46 84 56 50 67 72 59 72 68 44 72 71 34 34 67 34 104 71 69 72 72 49 60 48 71 65 92 65 65 58 71 37 71 84',
)
const MONO = 61
/** What hinting adds to the advances of small text, at most. */
const HINTING = 1.04
/** Beyond ASCII: as wide as high, which holds for Han too. */
const OTHER = 102
const ELLIPSIS = '…'

function advances(list: string): number[] {
  return list.split(' ').map(Number)
}

/** Pixels, never less than a browser makes of it. */
export function textWidth(text: string, { family, size, bold = false }: Font): number {
  const table = bold ? BOLD : REGULAR
  let hundredths = 0
  for (const character of text) {
    const index = (character.codePointAt(0) ?? 0) - 0x20
    const known = index >= 0 && index < table.length
    hundredths += !known ? OTHER : family === 'mono' ? MONO : (table[index] ?? OTHER)
  }
  return (hundredths * size * HINTING) / 100
}

/** The text, or its beginning and end around an ellipsis where it is wider than `width` pixels. */
export function fitText(text: string, width: number, font: Font): string {
  if (textWidth(text, font) <= width) return text
  const characters = [...text]
  for (let kept = characters.length - 1; kept > 0; kept--) {
    const head = Math.ceil(kept / 2)
    const tail = kept - head
    const short = [...characters.slice(0, head), ELLIPSIS, ...characters.slice(characters.length - tail)].join('')
    if (textWidth(short, font) <= width) return short
  }
  return ELLIPSIS
}
