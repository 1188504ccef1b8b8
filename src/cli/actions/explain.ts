// What `volt explain` does.
import { findField } from '../../manifest/find-field.ts'
import { fieldsOf, manifestFields } from '../../manifest/schema-fields.ts'
import { typePhrase } from '../../manifest/type-phrase.ts'
import { explainField } from '../../run/explain-field.ts'
import { VoltError } from '../../volt-error.ts'
import type { Context } from '../context.ts'
import { renderExplanation, renderFields } from '../render/explanation.ts'

export interface ExplainOptions {
  json?: true
}

/** Throws USAGE for what names no field, with what was meant. */
export async function explain({ stdout }: Context, path: string | undefined, { json }: ExplainOptions): Promise<void> {
  if (path === undefined) return overview(stdout, json === true)
  const found = findField(path)
  if (!found.ok) throw new VoltError('USAGE', found.message, { hint: found.hint })
  const explanation = explainField(found.field)
  if (json) return stdout.line(JSON.stringify({ formatVersion: 1, ...explanation }, undefined, 2))
  await stdout.write(renderExplanation(explanation, stdout))
}

async function overview(stdout: Context['stdout'], json: boolean): Promise<void> {
  const fields = [...(json ? manifestFields().values() : fieldsOf(manifestFields(), ''))].map(
    ({ path, name, node, required }) => {
      return { path, name, type: typePhrase(node), required, description: node.description ?? '' }
    },
  )
  if (json) return stdout.line(JSON.stringify({ formatVersion: 1, fields }, undefined, 2))
  await stdout.write(renderFields(fields, stdout))
  await stdout.line('\nvolt explain FIELD says more, such as volt explain disks.rateLimit')
}
