// volt schema: the JSON Schemas that Volt checks against, for editors.
import { readFile } from 'node:fs/promises'
import { Argument, type Command } from 'commander'
import { packageFile } from '../../host/built-files.ts'
import type { Context } from '../context.ts'

export function defineSchema(program: Command, context: Context): void {
  program
    .command('schema')
    .description('print a JSON Schema (draft-07)')
    .addArgument(
      new Argument('[format]', 'which')
        .choices(['manifest', 'boot-plan', 'host-facts', 'cpu-template', 'lock'])
        .default('manifest'),
    )
    .action(async (format: string) => {
      // A manifest as it is written, with extends and vars, and what editors show of a field.
      const name = format === 'manifest' ? 'manifest-file' : format
      await context.stdout.write(await readFile(packageFile(`schema/${name}.schema.json`)))
    })
}
