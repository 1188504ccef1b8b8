// Recorded and sourced facts of hosts, test/fixtures/host-facts/.
import { readFileSync } from 'node:fs'
import type { HostFacts } from '../../../src/plan/host-facts.gen.ts'

export const HOSTS = [
  'amd-epyc-milan',
  'amd-epyc-pvm',
  'amd-epyc-svm-lab',
  'intel-cascade-lake',
  'intel-sapphire-rapids',
] as const

/** A fresh copy each time. */
export function hostFacts(name: string): HostFacts {
  const file = new URL(`../../fixtures/host-facts/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as HostFacts
}
