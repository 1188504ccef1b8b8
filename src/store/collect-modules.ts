// Takes a package's modules into the store while the package is unpacked: their files into one blob, and an index.
import { createHash, type Hash } from 'node:crypto'
import { KernelError } from '../kernel/kernel-error.ts'
import { withIncoming, type IncomingFile } from './incoming-file.ts'
import type { BlobFacts, KernelModules } from './kernel-record.ts'
import { moduleName, parseModulePath, type ModuleIndex } from './module-index.ts'
import type { FramedFile } from './framed-files.ts'
import type { Store } from './store-place.ts'

/** Where packages have them; `usr` since Debian 13. */
export const MODULE_PREFIXES = ['lib/modules/', 'usr/lib/modules/']
const BELOW = /^(?:usr\/)?lib\/modules\/([\w.+~-]+)\/(.+)$/
const BUILTIN = 'modules.builtin'
const BUILTIN_BYTES_MAX = 1024 ** 2

interface Release extends ModuleIndex {
  /** Paths by names. */
  names: Map<string, string>
}

export class ModuleCollector {
  readonly #file: IncomingFile
  readonly #whole: Hash = createHash('sha256')
  readonly #releases = new Map<string, Release>()
  #size = 0

  /** `file` becomes the blob. */
  constructor(file: IncomingFile) {
    this.#file = file
  }

  /** Takes a file of the package where it is a module or the list of those built in. Throws KernelError, STATE_UNWRITABLE. */
  async take({ path, size, content }: FramedFile): Promise<void> {
    const [, release = '', below = ''] = BELOW.exec(path) ?? []
    const module = parseModulePath(below)
    if (module !== undefined) {
      const { files, names } = this.#of(release)
      const name = moduleName(module.path)
      const other = names.get(name)
      if (other !== undefined) throw twice(other, module.path)
      names.set(name, module.path)
      files.push({ ...module, offset: this.#size, ...(await this.#write(content)) })
    } else if (below === BUILTIN && size <= BUILTIN_BYTES_MAX) {
      const pieces: Buffer[] = []
      for await (const piece of content) pieces.push(piece)
      const lines = Buffer.concat(pieces).toString('latin1').split('\n')
      this.#of(release).builtin = lines.filter((line) => parseModulePath(line) !== undefined).map(moduleName)
    }
  }

  /**
   * Those of the kernel whose file is `kernel` (`boot/vmlinuz-6.1.0-56-amd64`), kept. Undefined where the package has
   * none. Throws STATE_UNWRITABLE.
   */
  async keep(store: Store, kernel: string): Promise<KernelModules | undefined> {
    const release = kernel.replace(/^boot\/vmlinu[xz]-?/, '')
    const { files = [], builtin = [] } = this.#releases.get(release) ?? {}
    if (files.length === 0) return undefined
    const sha256 = this.#whole.digest('hex')
    await this.#file.keep(sha256)
    const facts = { release, count: files.length, builtin: builtin.length, files: { sha256, size: this.#size } }
    return { ...facts, index: await keepIndex(store, { files, builtin }) }
  }

  #of(release: string): Release {
    const found = this.#releases.get(release) ?? { files: [], builtin: [], names: new Map<string, string>() }
    this.#releases.set(release, found)
    return found
  }

  async #write(content: AsyncIterable<Buffer>): Promise<BlobFacts> {
    const hash = createHash('sha256')
    const start = this.#size
    const seen = async function* (this: ModuleCollector) {
      for await (const piece of content) {
        hash.update(piece)
        this.#whole.update(piece)
        this.#size += piece.length
        yield piece
      }
    }
    await this.#file.write(seen.call(this))
    return { sha256: hash.digest('hex'), size: this.#size - start }
  }
}

function twice(path: string, other: string): KernelError {
  return new KernelError('damaged', `this package is damaged: its modules ${path} and ${other} have one name`)
}

async function keepIndex(store: Store, index: ModuleIndex): Promise<BlobFacts> {
  const bytes = Buffer.from(JSON.stringify(index))
  return withIncoming(store.blobs, async (file) => {
    await file.write([bytes])
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    await file.keep(sha256)
    return { sha256, size: bytes.length }
  })
}
