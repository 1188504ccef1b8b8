// volt agent: the program that guests carry, to put into them.
import type { Command } from 'commander'
import type { Context } from '../context.ts'

const EXAMPLES = `
volt exec and volt shell need it in the guest, running: as a service of a root disk, or started by an initramfs's init.

Examples:
  install -m 755 "$(volt agent path)" root/usr/bin/volt-agent   into a tree that becomes a root disk
  volt agent cpio > agent.cpio                                  as a layer of an initramfs, in front of another:
  cat agent.cpio initrd.img > initrd-with-agent.img
`

export function defineAgent(program: Command, context: Context): void {
  const agent = program
    .command('agent')
    .description('the program that volt exec talks to, to put into guests')
    .addHelpText('after', EXAMPLES)
  agent
    .command('path')
    .description('print where it is: a static program of its own')
    .option('--json', 'one JSON object on stdout')
    .action(async ({ json }: { json?: true }) => {
      const { printAgentPath } = await import('../actions/agent.ts')
      await printAgentPath(context, json === true)
    })
  agent
    .command('cpio')
    .description('write it to stdout as a layer of an initramfs: a cpio archive with /usr/bin/volt-agent')
    .action(async () => {
      const { writeAgentArchive } = await import('../actions/agent.ts')
      await writeAgentArchive(context)
    })
}
