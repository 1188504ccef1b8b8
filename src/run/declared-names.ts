// Names of the VMs that a file declares, without opening what it names: enough to destroy them.
import { readFile, realpath } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { VariableInputs } from '../manifest/compose/given-values.ts'
import { loadManifests } from '../manifest/load-manifests.ts'
import type { Diagnostic } from '../manifest/diagnostic.ts'
import { parsePlanFile } from '../plan/plan-file.ts'
import { isPlanFile } from './open-plan.ts'

export interface DeclaredVms {
  names: string[]
  /** Absolute directory of the file, links resolved. */
  directory: string
  /** Texts of the files that were read, by the names that diagnostics use. */
  sources: ReadonlyMap<string, string>
  diagnostics: Diagnostic[]
}

/** Throws PLAN_INVALID for a damaged saved plan. */
export async function declaredVms(path: string, variables: VariableInputs): Promise<DeclaredVms> {
  const directory = await realpath(dirname(resolve(path))).catch(() => dirname(resolve(path)))
  if (await isPlanFile(path)) {
    const { plan } = parsePlanFile(await readFile(path, 'utf8'))
    return { names: [plan.name], directory, sources: new Map(), diagnostics: [] }
  }
  const { documents, sources, diagnostics } = await loadManifests(path, variables)
  return { names: documents.map(({ spec }) => spec.name), directory, sources, diagnostics }
}
