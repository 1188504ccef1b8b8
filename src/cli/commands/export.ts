// volt export: the same machines for what starts them elsewhere.
import { InvalidArgumentError, Option, type Command } from 'commander'
import { DEFAULT_DEVICE_RESOURCE, KINDS } from '../../export/kubernetes/kinds.ts'
import { DRIVERS, JOB_TYPES } from '../../export/nomad/job-spec.ts'
import type { KubernetesCommandOptions } from '../actions/export-kubernetes.ts'
import type { NomadCommandOptions } from '../actions/export-nomad.ts'
import type { Context } from '../context.ts'
import type { ExportOptions } from '../export-machines.ts'
import { parseProject } from '../project-option.ts'
import { withVariables } from '../variable-options.ts'

export function defineExport(program: Command, context: Context): void {
  const parent = program.command('export').description('write what another program needs to start the VMs of a file')
  defineSystemd(parent, context)
  defineKubernetes(parent, context)
  defineNomad(parent, context)
}

function defineSystemd(parent: Command, context: Context): void {
  common(parent.command('systemd'), 'such as /etc/systemd/system')
    .description('a unit and a saved plan for each VM, for this host: systemctl starts and stops it')
    .action(async (file: string, options: ExportOptions) => {
      const { exportSystemd } = await import('../actions/export-systemd.ts')
      await exportSystemd(context, file, options)
    })
}

function defineKubernetes(parent: Command, context: Context): void {
  elsewhere(common(parent.command('k8s'), 'with the context of an image where one is needed'))
    .description('objects of Kubernetes for each VM: what keeps its Pod, and its plan')
    .requiredOption('--image <reference>', 'image that the Pods run')
    .addOption(new Option('--kind <kind>', 'what keeps the Pod').choices(KINDS).default('deployment'))
    .option('--device-resource <name>', 'resource by which a device plugin gives /dev/kvm', DEFAULT_DEVICE_RESOURCE)
    .option('--kvm-group <gid>', 'group that may open /dev/kvm on the nodes, where not everybody may', parseGroup)
    .option('--seccomp-profile <name>', 'profile on the nodes for Pods that make namespaces; without it they have none')
    .option('--namespace <name>', 'namespace of the objects')
    .action(async (file: string, options: KubernetesCommandOptions) => {
      const { exportKubernetes } = await import('../actions/export-kubernetes.ts')
      await exportKubernetes(context, file, options)
    })
}

function defineNomad(parent: Command, context: Context): void {
  elsewhere(common(parent.command('nomad'), 'with the context of an image for the docker driver'))
    .description('a job of Nomad for each VM, as JSON: nomad job run -json')
    .addOption(
      new Option('--driver <name>', 'by Volt on the node, or in a container').choices(DRIVERS).default('raw_exec'),
    ) // prettier-ignore
    .addOption(new Option('--type <type>', 'of the job').choices(JOB_TYPES).default('service'))
    .option('--image <reference>', 'image of the docker driver')
    .option('--volt <command>', 'the program on the nodes, of raw_exec', 'volt')
    .option('--kvm-group <gid>', 'group that may open /dev/kvm on the nodes, of the docker driver', parseGroup)
    .option('--datacenters <name...>', 'where it may run', ['*'])
    .option('--namespace <name>', 'namespace of the job')
    .action(async (file: string, options: NomadCommandOptions) => {
      const { exportNomad } = await import('../actions/export-nomad.ts')
      await exportNomad(context, file, options)
    })
}

function common(command: Command, where: string): Command {
  return withVariables(command)
    .argument('<file>', 'manifest, or - for standard input')
    .requiredOption('-o, --output <directory>', `where they go, ${where}`)
    .option('--vm <name>', 'only this VM')
    .option('--json', 'one JSON object on stdout, no progress')
    .option('--project <name>', "project; by default the name of the file's directory", parseProject)
}

function elsewhere(command: Command): Command {
  return command
    .option('--host-facts <file>', 'facts of the host that it runs on (volt doctor --facts) instead of this one')
    .option('--strict', 'end with 3 where something that is asked for is not there')
}

function parseGroup(text: string): number {
  const gid = Number(text)
  if (/^\d+$/.test(text) && gid <= 0xffff_fffe) return gid
  throw new InvalidArgumentError('a group is a number.')
}
