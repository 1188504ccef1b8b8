// What `volt __complete` prints for the scripts of `volt completion`: words that begin as typed, a line each, some with a
// description behind a tab. Nobody reads its errors: what cannot be looked at is left out.
import { open, readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { manifestFields } from '../../manifest/schema-fields.ts'
import { declaredVms } from '../../run/declared-names.ts'
import { allProjects, vmNames } from '../../state/project.ts'
import type { Dynamic } from '../completion/command-model.ts'
import type { Context } from '../context.ts'

interface Word {
  text: string
  description?: string
}

const FINDERS: Readonly<Record<Dynamic, (prefix: string) => Promise<Word[]>>> = {
  vm: machines,
  project: async () => (await allProjects()).map(({ name }) => ({ text: name })),
  manifest: manifests,
  target: async (prefix) => [...(await machines()), ...(await manifests(prefix))],
  declared,
  field: async () => [...manifestFields().keys()].map((path) => ({ text: path.replaceAll('[]', '') })),
}

export async function completeWord({ stdout }: Context, kind: Dynamic, prefix: string): Promise<void> {
  const found = await FINDERS[kind](prefix).catch(() => [])
  const fitting = found.filter(({ text }) => text.startsWith(prefix) && !/[\p{Cc}]/u.test(text))
  const lines = fitting.map(({ text, description }) => (description === undefined ? text : `${text}\t${description}`))
  await stdout.write(lines.map((line) => `${line}\n`).join(''))
}

async function machines(): Promise<Word[]> {
  const found = await Promise.all(
    (await allProjects()).map(async (project) =>
      (await vmNames(project)).map((text) => ({ text, description: `machine of ${project.name}` })),
    ),
  )
  return found.flat()
}

/** Directories, with a slash, and files of manifests, below what the prefix names. */
async function manifests(prefix: string): Promise<Word[]> {
  const at = prefix.endsWith('/') || prefix === '' ? prefix : prefix.slice(0, prefix.lastIndexOf('/') + 1)
  const begun = prefix.slice(at.length)
  const entries = await readdir(at === '' ? '.' : at, { withFileTypes: true })
  const visible = entries.filter(({ name }) => name.startsWith(begun) && (begun !== '' || !name.startsWith('.')))
  const words = await Promise.all(
    visible.map(async (entry): Promise<Word[]> => {
      if (entry.isDirectory()) return [{ text: `${at}${entry.name}/` }]
      const path = at + entry.name
      return (await isManifest(path)) ? [{ text: path }] : []
    }),
  )
  return words.flat()
}

const BEGINNING_BYTES = 4096

/** By its name and its beginning: a manifest has its format there, a saved plan its own. */
async function isManifest(path: string): Promise<boolean> {
  if (!/\.(?:ya?ml|json)$/.test(basename(path))) return false
  const handle = await open(path).catch(() => undefined)
  if (handle === undefined) return false
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(BEGINNING_BYTES), 0, BEGINNING_BYTES, 0)
    return /^\s*(?:apiVersion|"formatVersion")\s*:|\{\s*"formatVersion"\s*:/m.test(
      buffer.toString('utf8', 0, bytesRead),
    )
  } catch {
    return false
  } finally {
    await handle.close()
  }
}

/** Machines that the manifests of this directory declare. */
async function declared(): Promise<Word[]> {
  const files = (await manifests('')).filter(({ text }) => /\.ya?ml$/.test(text))
  const found = await Promise.all(
    files.map(async ({ text: file }) => {
      const { names } = await declaredVms(file, {})
      return names.map((text) => ({ text, description: file }))
    }),
  )
  return found.flat()
}
