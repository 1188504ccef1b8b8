// Counts of the kernel's tracepoints by histogram triggers (Documentation/trace/histogram.rst): nothing is written a hit.
import { readFile, writeFile } from 'node:fs/promises'

const EVENTS = '/sys/kernel/debug/tracing/events'
/** Entries that a histogram has room for. */
const SIZE = 16384

export type Entry = Readonly<Record<string, string>> & { hits: number }

/** One tracepoint, such as `kvm/kvm_pio`, counted by fields of it. Root; the lab's debugfs. */
export class Histogram {
  readonly #directory: string
  readonly #trigger: string

  constructor(event: string, keys: string) {
    this.#directory = `${EVENTS}/${event}`
    this.#trigger = `hist:keys=${keys}:size=${SIZE}`
  }

  async start(): Promise<void> {
    await writeFile(`${this.#directory}/trigger`, this.#trigger)
  }

  /** What was counted since start(), which may be called again. Throws where entries were lost. */
  async stop(): Promise<Entry[]> {
    const text = await readFile(`${this.#directory}/hist`, 'utf8')
    await writeFile(`${this.#directory}/trigger`, `!${this.#trigger}`)
    const dropped = /Dropped: (\d+)/.exec(text)?.[1]
    if (dropped !== '0') throw new Error(`${this.#directory}: ${dropped ?? 'unknown'} hits were not counted`)
    return [...text.matchAll(/^\{ (.*) \} hitcount: +(\d+)/gm)].map(([, keys = '', hits]) => {
      const fields = keys.split(', ').map((pair) => pair.split(':').map((word) => word.trim()))
      return { ...(Object.fromEntries(fields) as Record<string, string>), hits: Number(hits) } as Entry
    })
  }
}
