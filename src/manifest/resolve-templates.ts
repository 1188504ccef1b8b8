// The CPU templates that manifests name: found, read and checked like manifests, and put into the specs.
import { readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Diagnostic } from './diagnostic.ts'
import { didYouMean } from './did-you-mean.ts'
import type { LoadedManifests, ManifestDocument } from './load-manifests.ts'
import { parseDocuments } from './parse-documents.ts'
import { quote } from './problem.ts'
import { isEmpty, placer, readDocument } from './read-document.ts'
import { readSourceFile } from './read-source.ts'
import type { CpuTemplateRules } from './spec.ts'
import { validateTemplate } from './validate-document.ts'

const DIRECTORY = fileURLToPath(new URL('../../cpu-templates/', import.meta.url))
const EXTENSION = '.yaml'
/** No template: what the host's KVM offers. */
const HOST = 'host'

type Outcome =
  | { ok: true; rules: CpuTemplateRules }
  /** The reference is at fault. */
  | { ok: false; message: string; hint?: string }
  /** The template is. */
  | { ok: false; diagnostics: Diagnostic[] }

/** The documents whose templates are sound, with their rules; what is wrong with the others is added. */
export async function resolveTemplates(loaded: LoadedManifests): Promise<LoadedManifests> {
  const documents: ManifestDocument[] = []
  const found: Diagnostic[] = []
  const outcomes = new Map<string, Outcome>()
  for (const document of loaded.documents) {
    const { cpu } = document.spec
    if (cpu.template === HOST) {
      documents.push(document)
      continue
    }
    const known = outcomes.get(cpu.template)
    const outcome = known ?? (await readTemplate(cpu.template, document))
    outcomes.set(cpu.template, outcome)
    if (outcome.ok) {
      documents.push({ ...document, spec: { ...document.spec, cpu: { ...cpu, rules: outcome.rules } } })
    } else if (!('diagnostics' in outcome)) {
      const { message, hint } = outcome
      const problem = { code: 'V105', message, pointer: '/cpu/template', ...(hint !== undefined && { hint }) }
      found.push(document.diagnose(problem))
    } else if (known === undefined) {
      found.push(...outcome.diagnostics)
    }
  }
  return { ...loaded, documents, diagnostics: [...loaded.diagnostics, ...found] }
}

async function readTemplate(reference: string, { file, directory }: ManifestDocument): Promise<Outcome> {
  if (reference.includes('/') || /\.ya?ml$/.test(reference)) {
    // Named as the manifest is, so that the place can be opened from where the user stands.
    const shown = reference.startsWith('/') ? reference : join(dirname(file), reference)
    return readTemplateFile(resolve(directory, reference), shown)
  }
  const names = await shippedTemplates()
  if (names.includes(reference)) return readTemplateFile(join(DIRECTORY, reference + EXTENSION), reference)
  const near = didYouMean(reference, [HOST, ...names])
  const hint = near === undefined ? `there is ${[HOST, ...names].join(', ')}` : `did you mean ${near}?`
  return { ok: false, message: `there is no CPU template ${quote(reference)}`, hint }
}

/** Names, ascending. */
async function shippedTemplates(): Promise<string[]> {
  const files = (await readdir(DIRECTORY)).filter((name) => name.endsWith(EXTENSION))
  return files.map((name) => name.slice(0, -EXTENSION.length)).sort()
}

async function readTemplateFile(path: string, shown: string): Promise<Outcome> {
  const source = await readSourceFile(path)
  if (!source.ok) return { ok: false, message: `${shown} ${source.message}` }
  const { documents, refused } = parseDocuments(source.text)
  if (refused !== undefined) return { ok: false, message: `${shown} is no CPU template: ${refused.message}` }
  const [document, ...others] = documents.filter((each) => !isEmpty(each))
  if (document === undefined || others.length > 0) {
    const count = document === undefined ? 'no' : others.length + 1
    return { ok: false, message: `${shown} has ${count} documents, and a CPU template is one` }
  }
  const { valid, problems, locations } = readDocument(document, 0, source.text, validateTemplate)
  if (valid !== undefined) return { ok: true, rules: { features: valid.features, keep: valid.keep ?? [] } }
  const place = placer(shown, source.text)
  return { ok: false, diagnostics: problems.map((problem) => place(problem, locations)) }
}
