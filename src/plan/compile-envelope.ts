// From the schema of a saved plan to a function. The command line's bundle has the function itself in place of this file
// (scripts/bundle.ts).
import { Ajv, type CodeOptions, type ValidateFunction } from 'ajv'
import { bootPlanSchema } from './boot-plan-schema.gen.ts'
import { lifeSchema } from './life.ts'

const DIGEST = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' }

const envelopeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['formatVersion', 'digest', 'sources', 'plan'],
  properties: {
    formatVersion: { const: 1 },
    digest: DIGEST,
    sources: { type: 'object', additionalProperties: { type: 'string', minLength: 1 } },
    basis: {
      type: 'object',
      additionalProperties: false,
      required: ['running', 'images'],
      properties: {
        running: { anyOf: [{ type: 'null' }, DIGEST] },
        images: { type: 'object', additionalProperties: { type: 'string', maxLength: 32 } },
      },
    },
    life: lifeSchema,
    plan: { $ref: bootPlanSchema.$id },
  },
}

/** With the compiler that made it, for those who want its source. */
export function compileEnvelope(code: CodeOptions = {}): { ajv: Ajv; validate: ValidateFunction } {
  const ajv = new Ajv({ schemas: [bootPlanSchema], strictTypes: false, discriminator: true, code })
  return { ajv, validate: ajv.compile(envelopeSchema) }
}
