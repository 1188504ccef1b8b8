// What `lscpu -J` must say in a guest of ACPI.
import type { AcpiGuest } from './acpi-guests.ts'

interface Field {
  field: string
  data: string | null
  children?: Field[]
}

/** `json`: the output. Returns one sentence a field that is not as the manifest has it. */
export function checkLscpu(json: string, guest: AcpiGuest): string[] {
  let fields: Map<string, string | null>
  try {
    fields = new Map(flatten((JSON.parse(json) as { lscpu: Field[] }).lscpu))
  } catch {
    return [`lscpu printed no JSON: ${json}`]
  }
  return Object.entries(expectedFields(guest)).flatMap(([name, value]) =>
    fields.get(name) === value ? [] : [`lscpu: ${name} ${fields.get(name) ?? 'nothing'} instead of ${value}`],
  )
}

function expectedFields({ sockets, cores, threads, numa }: AcpiGuest): Record<string, string> {
  const count = sockets * cores * threads
  const nodes = numa ?? [{ vcpus: count === 1 ? '0' : `0-${count - 1}` }]
  return {
    'CPU(s):': String(count),
    'Socket(s):': String(sockets),
    'Core(s) per socket:': String(cores),
    'Thread(s) per core:': String(threads),
    'NUMA node(s):': String(nodes.length),
    ...Object.fromEntries(nodes.map(({ vcpus }, index) => [`NUMA node${index} CPU(s):`, asLscpu(vcpus)])),
  }
}

/** lscpu has a range of two as a list: `1,2`. */
function asLscpu(vcpus: string): string {
  return vcpus.replace(/(\d+)-(\d+)/g, (range, first, last) =>
    Number(last) === Number(first) + 1 ? `${first},${last}` : range,
  )
}

function flatten(fields: Field[]): [string, string | null][] {
  return fields.flatMap(({ field, data, children = [] }) => [
    [field, data] as [string, string | null],
    ...flatten(children),
  ])
}
