// The questions of `volt init`, each with its default, asked again until the answer can stand in a manifest.
import { defaultOf } from '../manifest/schema.ts'
import { problemWith, type Answers } from '../manifest/first-manifest.ts'
import { VoltError } from '../volt-error.ts'
import type { Ask } from './ask.ts'
import type { Output } from './output.ts'
import { printable } from './render/display-text.ts'

type Question = { [Field in keyof Answers]-?: { field: Field; text: string; fallback: string } }[keyof Answers]

/** What options gave is not asked. Throws DECLINED where the input ends. */
export async function askForManifest(
  ask: Ask,
  stderr: Output,
  given: Partial<Answers>,
  defaults: Answers,
): Promise<Answers> {
  const answers: Record<string, unknown> = { ...given }
  const askUnlessGiven = async (question: Question): Promise<void> => {
    if (answers[question.field] === undefined) answers[question.field] = await answerTo(question, ask, stderr)
  }
  await askUnlessGiven({ field: 'name', text: 'name of the machine', fallback: defaults.name })
  await askUnlessGiven({
    field: 'kernel',
    text: 'kernel: a path, a name such as debian-cloud@6.1, or builtin:hello',
    fallback: defaults.kernel,
  })
  const ownKernel = !String(answers['kernel']).startsWith('builtin:')
  if (ownKernel)
    await askUnlessGiven({
      field: 'initrd',
      text: 'initial RAM disk: a path, or a directory that becomes one',
      fallback: '',
    })
  await askUnlessGiven({ field: 'vcpus', text: 'processors', fallback: String(defaultOf('vcpus')) })
  const memory = ownKernel ? '512MiB' : (defaultOf('memory') as string)
  await askUnlessGiven({ field: 'memory', text: 'memory', fallback: memory })
  if (ownKernel) {
    await askUnlessGiven({ field: 'disk', text: 'root disk: path of a raw image', fallback: '' })
    await askUnlessGiven({ field: 'network', text: 'a network through passt', fallback: 'no' })
  }
  return { ...defaults, ...answers }
}

/** An empty answer is the default; undefined where that is empty too. */
async function answerTo(
  { field, text, fallback }: Question,
  ask: Ask,
  stderr: Output,
): Promise<string | boolean | undefined> {
  for (;;) {
    const written = await ask(`${text}${stderr.style.dim(` [${fallback === '' ? 'none' : fallback}]`)}: `)
    if (written === undefined) throw new VoltError('DECLINED', 'not answered, so nothing was written')
    const answer = written === '' ? fallback : written
    if (answer === '') return undefined
    if (field === 'network') return /^y(?:es)?$/i.test(answer)
    const problem = problemWith(field, answer)
    if (problem === undefined) return answer
    await stderr.line(printable(problem.message) + (problem.hint === undefined ? '' : `; ${printable(problem.hint)}`))
  }
}
