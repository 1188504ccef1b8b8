// Directories of manifests that extend each other.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { VariableInputs } from '../../../src/manifest/compose/given-values.ts'
import type { Diagnostic } from '../../../src/manifest/diagnostic.ts'
import { loadManifests, type LoadedManifests } from '../../../src/manifest/load-manifests.ts'
import { within } from '../within.ts'

export const HEADER = 'apiVersion: volt/v1\nkind: MicroVM\n'
/** What a machine must have. */
export const WHOLE = `${HEADER}metadata: { name: vm }\nkernel: { image: builtin:hello }\n`

/** As loadManifests of `vm.yaml`; names in diagnostics are relative to the files' directory. */
export async function loadFiles(files: Record<string, string>, variables?: VariableInputs): Promise<LoadedManifests> {
  const directory = await mkdtemp(join(tmpdir(), 'volt-compose-'))
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, name)), { recursive: true })
      await writeFile(join(directory, name), text)
    }
    const given = { ...variables, varFiles: (variables?.varFiles ?? []).map((name) => join(directory, name)) }
    const loaded = await within(30_000, loadManifests(join(directory, 'vm.yaml'), given))
    return JSON.parse(JSON.stringify(loaded).replaceAll(`${directory}/`, '')) as LoadedManifests
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** `V042 vm.yaml:4:3 /kernel`. */
export function brief({ code, file, start, pointer }: Diagnostic): string {
  return `${code} ${file}:${start.line}:${start.column} ${pointer}`.trim()
}

export async function problemsOf(files: Record<string, string>, variables?: VariableInputs): Promise<string[]> {
  return (await loadFiles(files, variables)).diagnostics.map(brief)
}
