// Manifests as texts, for tests that look at one thing.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadManifests, type LoadedManifests } from '../../src/manifest/load-manifests.ts'

/** A valid manifest and, at its end, `extra`. */
export function manifestWith(extra: string, name = 'vm'): string {
  return `apiVersion: volt/v1\nkind: MicroVM\nmetadata: { name: ${name} }\nkernel: { image: builtin:hello }\n${extra}`
}

/** As loadManifests, of a file with that content. */
export async function loadText(text: string): Promise<LoadedManifests> {
  const directory = await mkdtemp(join(tmpdir(), 'volt-manifest-'))
  const path = join(directory, 'vm.yaml')
  await writeFile(path, text)
  try {
    return await loadManifests(path)
  } finally {
    await rm(directory, { recursive: true })
  }
}
