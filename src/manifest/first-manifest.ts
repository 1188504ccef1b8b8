// The manifest that somebody begins with, from a few answers.
import { Document } from 'yaml'
import { formatText } from './format-text.ts'
import type { Problem } from './problem.ts'
import { validateManifest } from './validate-document.ts'

/** As a person writes them; what is not there is left to its default. */
export interface Answers {
  name: string
  kernel: string
  /** A path, or a directory that Volt makes one from. */
  initrd?: string | { directory: string }
  cmdline?: string
  vcpus?: string
  memory?: string
  disk?: string
  network?: boolean
}

const DISK_CMDLINE = 'console=ttyS0 root=/dev/vda rw reboot=k panic=-1'

/** The text, as `volt fmt` writes it. */
export function firstManifest(answers: Answers): string {
  const formatted = formatText(new Document(manifestOf(answers)).toString(), '')
  if (!formatted.ok) throw new Error('a first manifest is YAML')
  return formatted.text
}

/** What is wrong with one answer, by the same checks as a manifest's; undefined for none. */
export function problemWith(field: keyof Answers, value: unknown): Problem | undefined {
  const manifest = manifestOf({ name: 'vm', kernel: 'builtin:hello', [field]: value })
  return validateManifest(manifest).problems[0]
}

function manifestOf({ name, kernel, initrd, cmdline, vcpus, memory, disk, network }: Answers): object {
  const words = cmdline ?? (disk === undefined ? undefined : DISK_CMDLINE)
  return {
    apiVersion: 'volt/v1',
    kind: 'MicroVM',
    metadata: { name },
    kernel: { image: kernel, ...(initrd !== undefined && { initrd }), ...(words !== undefined && { cmdline: words }) },
    ...(vcpus !== undefined && { vcpus: /^\d{1,9}$/.test(vcpus) ? Number(vcpus) : vcpus }),
    ...(memory !== undefined && { memory }),
    ...(disk !== undefined && { disks: [{ name: 'root', path: disk, overlay: true }] }),
    ...(network && { networks: [{ user: true }] }),
  }
}
