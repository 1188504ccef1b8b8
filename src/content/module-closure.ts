// Modules of a kernel by name, with all that they depend on, in the order to load them.
import { KernelError } from '../kernel/kernel-error.ts'
import { readModuleInfo, type ModuleInfo } from '../kernel/read-module-info.ts'
import { moduleName, suggestModule, type ModuleFile, type ModuleIndex } from '../store/module-index.ts'
import { ModuleError } from './module-error.ts'

/** The modules of a kernel, and how to read one of them: the bytes unpacked. */
export interface ModuleSource {
  index: ModuleIndex
  read: (file: ModuleFile) => Promise<Buffer>
}

export interface LoadableModule {
  /** Below lib/modules/RELEASE. */
  path: string
  bytes: Buffer
}

/** Modules that an alias may mean are read to see whether it does, as many as these. */
const ALIAS_CANDIDATES_MAX = 8
const SHOWN_CHARACTERS = 60

/**
 * Each once, behind those that it depends on; none for what is part of the kernel. `-` and `_` are the same. Throws
 * ModuleError with the index of the name, and what `read` throws.
 */
export async function closeModules(names: readonly string[], source: ModuleSource): Promise<LoadableModule[]> {
  const closure = new Closure(source)
  for (const [index, name] of names.entries()) await closure.request(name, index)
  return [...closure.loaded.values()]
}

interface Parsed {
  bytes: Buffer
  info: ModuleInfo
}

class Closure {
  readonly loaded = new Map<string, LoadableModule>()
  readonly #source: ModuleSource
  readonly #files: ReadonlyMap<string, ModuleFile>
  readonly #builtin: ReadonlySet<string>
  readonly #parsed = new Map<string, Parsed>()
  /** Names that are being followed, from the one that was asked for. */
  readonly #open: string[] = []
  #index = 0

  constructor(source: ModuleSource) {
    this.#source = source
    this.#files = new Map(source.index.files.map((file) => [moduleName(file.path), file]))
    this.#builtin = new Set(source.index.builtin)
  }

  async request(written: string, index: number): Promise<void> {
    this.#index = index
    const name = moduleName(written)
    if (this.#builtin.has(name) && !this.#files.has(name)) return
    const file = this.#files.get(name)
    if (file === undefined) throw this.#unknown(written, name)
    await this.#load(name, file)
  }

  async #load(name: string, file: ModuleFile): Promise<void> {
    if (this.loaded.has(name)) return
    if (this.#open.includes(name)) throw this.#error(`${[...this.#open, name].join(' needs ')}: a circle`)
    this.#open.push(name)
    const { bytes, info } = await this.#read(name, file)
    for (const need of info.depends) await this.#need(name, need)
    for (const wish of info.softBefore) await this.#wish(wish)
    this.loaded.set(name, { path: file.path, bytes })
    this.#open.pop()
    for (const wish of info.softAfter) await this.#wish(wish)
  }

  async #need(name: string, need: string): Promise<void> {
    const needed = this.#files.get(moduleName(need))
    if (needed !== undefined) return this.#load(moduleName(need), needed)
    if (this.#builtin.has(moduleName(need))) return
    throw this.#error(`the module ${name} needs ${shown(need)}, which this kernel does not have`)
  }

  /** A wish in a circle, or for what is not there, is left out, as modprobe does. */
  async #wish(wish: string): Promise<void> {
    const name = moduleName(wish)
    const [wished, file] = this.#files.has(name) ? [name, this.#files.get(name)] : await this.#findAlias(wish)
    if (file !== undefined && !this.#open.includes(wished)) await this.#load(wished, file)
  }

  /** `crypto-crc32c` is an alias of crc32c_generic and others: the one for every processor comes first. */
  async #findAlias(alias: string): Promise<[name: string, file?: ModuleFile]> {
    const stem = moduleName(alias.replace(/^crypto-/, ''))
    if (this.#builtin.has(stem) || this.#builtin.has(`${stem}_generic`)) return ['']
    const candidates = [...this.#files].filter(([name]) => name.startsWith(stem)).slice(0, ALIAS_CANDIDATES_MAX)
    const generic = candidates.filter(([name]) => name === `${stem}_generic`)
    for (const [name, file] of [...generic, ...candidates]) {
      const { info } = await this.#read(name, file)
      if (info.aliases.some((each) => moduleName(each) === moduleName(alias))) return [name, file]
    }
    return ['']
  }

  async #read(name: string, file: ModuleFile): Promise<Parsed> {
    const known = this.#parsed.get(name)
    if (known !== undefined) return known
    try {
      const bytes = await this.#source.read(file)
      const parsed = { bytes, info: readModuleInfo(bytes) }
      const own = parsed.info.name
      if (own !== undefined && moduleName(own) !== name) {
        throw new KernelError('damaged', `the module is damaged: it calls itself ${shown(own)}`)
      }
      this.#parsed.set(name, parsed)
      return parsed
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      throw this.#error(`${file.path}: ${error.message}`, error.hint)
    }
  }

  #unknown(written: string, name: string): ModuleError {
    const near = suggestModule(this.#source.index, name)
    return this.#error(
      `this kernel has no module ${shown(written)}`,
      near === undefined
        ? '`modinfo -F filename NAME` on a Debian system says what a driver is called'
        : `did you mean ${near}?`,
    )
  }

  #error(message: string, hint?: string): ModuleError {
    return new ModuleError(message, { index: this.#index, ...(hint !== undefined && { hint }) })
  }
}

/** A name that a file of others says. */
function shown(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, '?').slice(0, SHOWN_CHARACTERS)
}
