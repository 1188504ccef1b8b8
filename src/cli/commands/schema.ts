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
        .choices(['manifest', 'manifest-file', 'boot-plan', 'host-facts', 'cpu-template', 'lock'])
        .default('manifest'),
    )
    .action(async (format: string) => {
      // The manifest's with what editors show of a field.
      const name = format === 'manifest' ? 'manifest.editor' : format
      await context.stdout.write(await readFile(packageFile(`schema/${name}.schema.json`)))
    })
}
