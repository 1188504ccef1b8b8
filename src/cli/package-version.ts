// Versions: of the package from its package.json, of the formats from their schemas.
import { readFileSync } from 'node:fs'
import { engineOrigin, packageFile } from '../host/built-files.ts'

export function packageVersion(): string {
  return (readJson('package.json') as { version: string }).version
}

/** The package's version, then a line each for the engine, the manifest and the plan. */
export function versionLines(): string {
  const constants = (format: string, property: string): unknown => {
    const { properties } = readJson(`schema/${format}.schema.json`) as {
      properties: Record<string, { const?: unknown }>
    }
    return properties[property]?.const
  }
  return [
    packageVersion(),
    `engine: ${engineOrigin()}`,
    `manifest: ${String(constants('manifest', 'apiVersion'))}`,
    `boot plan: format ${String(constants('boot-plan', 'formatVersion'))}`,
  ].join('\n')
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(packageFile(path), 'utf8'))
}
