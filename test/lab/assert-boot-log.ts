// What Debian's kernel must say of a machine of Volt's. Pure: the log comes in, the differences go out.

const ISA_LINES = 16

/**
 * Compares the log of a Linux guest booted with `apic=verbose` and the lab's initramfs (guest-init) with what it must say about
 * the MP table and its processors. Returns one sentence a difference; none when all is right.
 */
export function checkBootLog(log: string, vcpus: number): string[] {
  const lines = log.split(/\r?\n/).map((line) => line.replace(/^\[ *\d+\.\d+\] /, '').trimEnd())
  const problems: string[] = []
  for (const wanted of expectedLines(vcpus)) {
    const found = typeof wanted === 'string' ? lines.includes(wanted) : lines.some((line) => wanted.test(line))
    if (!found) problems.push(`missing: ${String(wanted)}`)
  }
  // Exactly these entries in this order: nothing altered, lost or added.
  const entries = lines.filter((line) => /^(Processor #|Bus #|IOAPIC\[\d+\]: apic_id|Int: type|Lint: type)/.test(line))
  const expected = expectedEntries(vcpus)
  for (let i = 0; i < Math.max(entries.length, expected.length); i++) {
    if (entries[i] !== expected[i]) problems.push(`entry ${i}: "${entries[i] ?? ''}" instead of "${expected[i] ?? ''}"`)
  }
  return problems
}

function expectedLines(vcpus: number): (string | RegExp)[] {
  const plural = vcpus === 1 ? '' : 's'
  return [
    'found SMP MP-table at [mem 0x0009fc00-0x0009fc0f]',
    'Intel MultiProcessor Specification v1.4',
    'MPTABLE: OEM ID: NOVAFLAR',
    'MPTABLE: Product ID: VOLT VM',
    'MPTABLE: APIC at: 0xFEE00000',
    `smpboot: Allowing ${vcpus} CPUs, 0 hotplug CPUs`,
    `smp: Brought up 1 node, ${vcpus} CPU${plural}`,
    new RegExp(`^smpboot: Total of ${vcpus} processors activated \\(`),
    `volt-lab: ${vcpus} processors`,
  ]
}

/** The entries of the MP configuration table as Linux prints them, in the order of the table. */
function expectedEntries(vcpus: number): string[] {
  const processors = Array.from({ length: vcpus }, (_, id) => `Processor #${id}${id === 0 ? ' (Bootup-CPU)' : ''}`)
  const interrupts = Array.from({ length: ISA_LINES }, (_, irq) => {
    const number = irq.toString(16).padStart(2, '0')
    const ioApic = vcpus.toString(16)
    return `Int: type ${irq === 0 ? 3 : 0}, pol 0, trig 0, bus 00, IRQ ${number}, APIC ID ${ioApic}, APIC INT ${number}`
  })
  const ioApic = `IOAPIC[0]: apic_id ${vcpus}, version 17, address 0xfec00000, GSI 0-23`
  return [...processors, 'Bus #0 is ISA', ioApic, ...interrupts]
}
