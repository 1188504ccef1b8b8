// The tutorial of README.md: what it has a reader type, and what it shows.
import { readFile } from 'node:fs/promises'

const HEADING = '### A machine from an empty directory'
/** The first command that needs a KVM which runs stock kernels. */
const NEEDS_KVM = /^volt apply /m

export interface Tutorial {
  /** Blocks of commands for any host, and those from the first on that needs a KVM. */
  anywhere: string[]
  withKvm: string[]
  /** The manifest as it is shown. */
  manifest: string
  /** What the guest says. */
  output: string
}

/** Throws where README.md is not as expected. */
export async function readTutorial(): Promise<Tutorial> {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  const [, behind] = readme.split(`${HEADING}\n`)
  if (behind === undefined) throw new Error(`README.md has no '${HEADING}'`)
  const [section = ''] = behind.split(/^###? /m)
  const blocks = [...section.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, kind = '', body = '']) => ({ kind, body }))
  const of = (wanted: string) => blocks.filter(({ kind }) => kind === wanted).map(({ body }) => body)
  const commands = of('sh')
  const first = commands.findIndex((block) => NEEDS_KVM.test(block))
  const [manifest, ...manifests] = of('yaml')
  const [output, ...outputs] = of('')
  if (manifest === undefined || output === undefined || manifests.length + outputs.length > 0 || first < 1) {
    throw new Error('the tutorial is to have commands, one manifest and one output')
  }
  return { anywhere: commands.slice(0, first), withKvm: commands.slice(first), manifest, output }
}
