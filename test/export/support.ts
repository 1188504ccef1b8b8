// Machines to export, compiled for a recorded host.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExportedMachine } from '../../src/export/exported-machine.ts'
import { readHostFacts } from '../../src/host/facts-file.ts'
import { openInput } from '../../src/run/open-input.ts'
import { AMD_FACTS } from '../cli/volt.ts'

export const HEAD = `apiVersion: volt/v1
kind: MicroVM
metadata: { name: web }
kernel: { image: builtin:hello }
memory: 128MiB
`

/** The machine of `text`, in a directory with an image `disk.img` of 1 MiB, which is gone again. */
export async function exported(text: string): Promise<ExportedMachine> {
  const directory = await mkdtemp(join(tmpdir(), 'volt-export-'))
  try {
    await writeFile(join(directory, 'disk.img'), Buffer.alloc(1024 ** 2))
    await writeFile(join(directory, 'vm.yaml'), text)
    const input = await openInput(join(directory, 'vm.yaml'))
    try {
      const { vms, diagnostics } = input.compile(await readHostFacts(AMD_FACTS))
      const [vm] = vms
      if (vm === undefined) throw new Error(JSON.stringify([...input.diagnostics, ...diagnostics]))
      return { project: 'lab', vm }
    } finally {
      await input.close()
    }
  } finally {
    await rm(directory, { recursive: true })
  }
}
