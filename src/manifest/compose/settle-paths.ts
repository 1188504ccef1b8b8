// Paths of a base are relative to the base: here they become relative to the manifest that extends it.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { isList, isMapping, type Sourced } from './sourced.ts'
import { relativePath } from './variables.ts'

/** Fields that are paths, by their place; `*` is any entry of a list. */
const PATHS: readonly (readonly string[])[] = [
  ['kernel', 'initrd'],
  ['kernel', 'initrd', 'directory'],
  ['disks', '*', 'path'],
  ['disks', '*', 'overlay'],
  ['disks', '*', 'from', 'directory'],
  ['disks', '*', 'from', 'ociLayout'],
  ['disks', '*', 'from', 'dockerArchive'],
  ['vsock', 'path'],
  ['shares', '*', 'directory'],
]
/** A word may be the name of a kernel of the store: it is a path where there is such a file beside the base. */
const IMAGE = ['kernel', 'image']
/** Only with a slash or as a YAML file; else it is the name of one that comes with Volt. */
const TEMPLATE = ['cpu', 'template']

/** `directory` is the manifest's, absolute. */
export function settlePaths(root: Sourced, directory: string): Sourced {
  const settled = PATHS.reduce((node, path) => settle(node, path, directory, () => true), root)
  const booted = settle(
    settled,
    IMAGE,
    directory,
    (text, from) => text.includes('/') || existsSync(resolve(from, text)),
  )
  return settle(booted, TEMPLATE, directory, (text) => text.includes('/') || /\.ya?ml$/.test(text))
}

function settle(
  node: Sourced,
  [key, ...rest]: readonly string[],
  directory: string,
  isPath: (text: string, from: string) => boolean,
): Sourced {
  if (key === undefined) {
    const { content, settled, usedAt, origin } = node
    // A string that a variable gives belongs to where it is used.
    const { source } = usedAt ?? origin
    if (typeof content !== 'string' || settled || content === '' || !isPath(content, source.directory)) return node
    return { ...node, content: relativePath(content, source.directory, directory) }
  }
  if (key === '*' && isList(node)) {
    return { ...node, content: node.content.map((entry) => settle(entry, rest, directory, isPath)) }
  }
  const entry = isMapping(node) ? node.content.get(key) : undefined
  if (entry === undefined) return node
  const content = new Map(node.content as ReadonlyMap<string, Sourced>).set(key, settle(entry, rest, directory, isPath))
  return { ...node, content }
}
