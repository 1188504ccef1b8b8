// A guest's console for a terminal that is not the guest's: its lines, and nothing that the terminal obeys.
import { StringDecoder } from 'node:string_decoder'
import { printable } from './display-text.ts'

// ECMA-48, SELECT GRAPHIC RENDITION: boot messages are full of it.
// eslint-disable-next-line no-control-regex
const COLOUR = /\x1b\[[\d;]*m/g
/** What may be the beginning of one, or of a line's end. */
// eslint-disable-next-line no-control-regex
const UNFINISHED = /(?:\x1b(?:\[[\d;]{0,32})?|\r{1,16})$/

/** Text without colours; other controls but tabs become visible, and a carriage return is a line's end. */
export async function* tamed(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const tamer = new Tamer()
  for await (const chunk of chunks) yield tamer.write(chunk)
  yield tamer.end()
}

/** The same, chunk by chunk. */
export class Tamer {
  private readonly decoder = new StringDecoder('utf8')
  private rest = ''

  write(chunk: Buffer): string {
    const text = this.rest + this.decoder.write(chunk)
    const end = UNFINISHED.exec(text)?.index ?? text.length
    this.rest = text.slice(end)
    return tame(text.slice(0, end))
  }

  end(): string {
    return tame(this.rest + this.decoder.end())
  }
}

function tame(text: string): string {
  return text
    .replace(COLOUR, '')
    .replaceAll(/\r+\n?/g, (run) => (run.endsWith('\n') ? '\n' : '\n'.repeat(run.length)))
    .split(/([\n\t])/)
    .map((part) => (part === '\n' || part === '\t' ? part : printable(part)))
    .join('')
}
