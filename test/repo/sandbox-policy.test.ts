// docs/sandbox.md lists the ioctl requests that the policy lets pass, thread by thread.
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { readSource } from './sources.ts'

const test = suite('the seccomp policy in the documentation')
const policy = readSource('addon/sandbox/policy/syscalls.def')
const docs = readSource('docs/sandbox.md')

const rows = [...policy.matchAll(/^ARGUMENT\(ioctl, 1, (\w+), ([^,]+), "[^"]+"\)$/gm)].map(
  ([, request = '', threads = '']) => ({ request, threads: threads.split(' | ') }),
)

/** The requests behind `- LABEL: `. */
function listed(label: string): string[] {
  const [, list = ''] = new RegExp(`^- ${label}: (.+)$`, 'm').exec(docs) ?? []
  return list.split(', ').sort()
}

for (const [label, thread] of [
  ['vCPUs', 'vcpu'],
  ['devices', 'device'],
  ['main, besides', 'main'],
  ['main until the first machine is made, where no APIC id is above 254', 'first_narrow'],
] as const) {
  // prettier-ignore
  test(`the ioctl requests of ${thread} are those of the table`, () => {
    const allowed = rows.filter(({ threads }) => threads.includes(thread)).map(({ request }) => request)
    assert.ok(allowed.length > 0)
    assert.equal(listed(label), allowed.sort())
  })
}

test('every line of the table says why, and executable memory is in none', () => {
  const lines = policy.split('\n').filter((line) => line !== '' && !line.startsWith('//'))
  for (const line of lines) assert.match(line, /^(SYSCALL|ARGUMENT|MASKED|REFUSED)\(\w+, .*"[^"]+"\)$/)
  for (const name of ['mmap', 'mprotect']) {
    assert.ok(lines.some((line) => line.startsWith(`MASKED(${name}, 2, PROT_EXEC, 0,`)))
  }
})

test.run()
