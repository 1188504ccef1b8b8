// What an image of machines is built from: Volt's own image, and the files that their plans have digests of.
import type { ExportedMachine } from './exported-machine.ts'
import { imageFiles, type ImageFile } from './container-paths.ts'

export interface ImageContext {
  dockerfile: string
  /** To be copied as `files/SHA256`; of each digest one, sorted. */
  files: ImageFile[]
}

/** Undefined where Volt's own image has all there is to it. `plans`: whether there are any that no ConfigMap takes. */
export function imageContext(
  machines: readonly ExportedMachine[],
  version: string,
  plans: boolean,
): ImageContext | undefined {
  const all = machines.flatMap(({ vm }) => imageFiles(vm))
  const files = [...new Map(all.map((file) => [file.sha256, file])).values()]
  files.sort((one, other) => (one.sha256 < other.sha256 ? -1 : 1))
  if (files.length === 0 && !plans) return undefined
  const copies = [...(files.length > 0 ? ['files'] : []), ...(plans ? ['plans'] : [])]
  const dockerfile = [
    "# The machines' files over Volt's own image (docker/Dockerfile of Volt).",
    `ARG VOLT_IMAGE=volt:${version}`,
    'FROM ${VOLT_IMAGE}',
    ...copies.map((name) => `COPY ${name} /machine/${name}`),
  ]
  return { dockerfile: `${dockerfile.join('\n')}\n`, files }
}
