// volt plan --show-manifest: what a manifest comes to, and where each value is written.
import { VoltError } from '../volt-error.ts'
import { withInput } from './compile-input.ts'
import type { Context } from './context.ts'
import type { Progress } from './progress.ts'
import { annotatedManifest, manifestOrigins, wholeManifest } from './render/manifest.ts'
import { variablesOf, type VariableOptions } from './variable-options.ts'

export interface ShowManifestOptions extends VariableOptions {
  vm?: string
  json?: true
}

/** Needs no host. Throws USAGE for a saved plan. */
export async function showManifest(
  context: Context,
  progress: Progress,
  file: string,
  options: ShowManifestOptions,
): Promise<void> {
  const only = options.vm === undefined ? {} : { only: options.vm }
  await withInput(context, progress, file, { variables: variablesOf(options), ...only }, async ({ loaded }) => {
    if (loaded.length === 0) throw new VoltError('USAGE', `${file} is a saved plan, which holds no manifest`)
    const documents = loaded
      .map(({ document }) => document)
      .filter(({ spec }) => options.vm === undefined || spec.name === options.vm)
    if (!options.json) return context.stdout.write(documents.map(annotatedManifest).join('---\n'))
    const vms = documents.map((document) => ({
      name: document.spec.name,
      manifest: wholeManifest(document),
      origins: Object.fromEntries(manifestOrigins(document)),
    }))
    await context.stdout.line(JSON.stringify({ formatVersion: 1, vms }, undefined, 2))
  })
}
