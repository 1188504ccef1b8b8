// The two streams: data on stdout, everything else on stderr. Colours as NO_COLOR, FORCE_COLOR and the terminal say.

type Paint = (text: string) => string

export interface Style {
  bold: Paint
  dim: Paint
  red: Paint
  green: Paint
  yellow: Paint
  cyan: Paint
}

export interface Output {
  /** Resolves when the bytes left the process, or cannot any more: a closed pipe is no error. */
  write(data: string | Uint8Array): Promise<void>
  line(text?: string): Promise<void>
  /** Bytes accepted and not yet written. */
  pendingBytes(): number
  /** Whether the reader has gone. */
  isClosed(): boolean
  /** What went wrong in writing, other than a reader that has gone. */
  failure(): Error | undefined
  readonly isTTY: boolean
  readonly columns: number
  readonly style: Style
}

const DEFAULT_COLUMNS = 100

/** Wraps process.stdout or process.stderr; once a stream. */
export function createOutput(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Output {
  let closed = false
  let failure: Error | undefined
  stream.on('error', (error: NodeJS.ErrnoException) => {
    closed = true
    if (error.code !== 'EPIPE') failure = error
  })
  const write = async (data: string | Uint8Array): Promise<void> => {
    if (closed) return
    await new Promise<void>((done) => stream.write(data, () => done()))
  }
  const isTTY = stream.isTTY === true
  return {
    write,
    line: (text = '') => write(text + '\n'),
    pendingBytes: () => stream.writableLength,
    isClosed: () => closed,
    failure: () => failure,
    isTTY,
    get columns() {
      return isTTY ? (stream.columns ?? DEFAULT_COLUMNS) : DEFAULT_COLUMNS
    },
    style: createStyle(usesColour(isTTY, env)),
  }
}

/** NO_COLOR and FORCE_COLOR by their public conventions; FORCE_COLOR=0 means no. */
export function usesColour(isTTY: boolean, env: NodeJS.ProcessEnv): boolean {
  if (env['NO_COLOR']) return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return isTTY && env['TERM'] !== 'dumb'
}

export function createStyle(colour: boolean): Style {
  const paint = (open: number, close: number) => (text: string) =>
    colour ? `\u001b[${open}m${text}\u001b[${close}m` : text
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  }
}
