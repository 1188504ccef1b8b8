// Loads the addon when it is first needed, so that validating and planning work where nothing is built.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { VoltError } from '../volt-error.ts'
import { ADDON_FILE, BUILD_HINT } from './built-files.ts'
import type { NativeAddon } from './native-addon.ts'

let loaded: NativeAddon | undefined

/** The addon; throws NOT_BUILT when it is missing or does not load. */
export function native(): NativeAddon {
  loaded ??= load(ADDON_FILE)
  return loaded
}

/** Throws NOT_BUILT with what to do about it. */
export function load(file: string): NativeAddon {
  if (!existsSync(file)) {
    throw new VoltError('NOT_BUILT', 'the native part of Volt is not built', { hint: BUILD_HINT })
  }
  try {
    return createRequire(import.meta.url)(file) as NativeAddon
  } catch (cause) {
    throw new VoltError('NOT_BUILT', `the native part of Volt does not load: ${(cause as Error).message}`, {
      hint: `build it for this machine: ${BUILD_HINT}`,
      cause,
    })
  }
}
