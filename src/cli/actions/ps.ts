// What `volt ps` does.
import { sweepCgroups } from '../../host/cgroup.ts'
import { processUse, type ProcessUse } from '../../host/process-use.ts'
import { formatBytes } from '../../plan/address.ts'
import { selectProjects } from '../../run/find-vm.ts'
import { vmNames } from '../../state/project.ts'
import { describeState, readStatus, type VmStatus } from '../../state/vm-state.ts'
import type { Context } from '../context.ts'
import { renderTable } from '../render/table.ts'
import { formatDuration } from '../render/units.ts'

export interface PsOptions {
  json?: true
  project?: string
}

interface Row extends VmStatus {
  project: string
  /** Of a machine that runs. */
  use?: ProcessUse
}

export async function ps(context: Context, options: PsOptions): Promise<void> {
  await sweepCgroups()
  const rows = await readRows(options.project)
  if (rows.length === 0 && !options.json) return context.stderr.line('no machines; `volt apply FILE` starts one')
  await context.stdout.write(options.json ? JSON.stringify(toJson(rows), undefined, 2) + '\n' : toText(rows, context))
}

async function readRows(projectName: string | undefined): Promise<Row[]> {
  const rows: Row[] = []
  for (const project of await selectProjects(projectName)) {
    for (const name of await vmNames(project)) {
      const status = await readStatus(project, name)
      // A directory without a record is a VM that is being started or removed at this moment.
      if (status.state.kind === 'never') continue
      const pid = status.state.kind === 'running' ? status.record?.pid : undefined
      rows.push({ ...status, project: project.name, ...(pid !== undefined && { use: await processUse(pid) }) })
    }
  }
  return rows
}

function toText(rows: Row[], { stdout: { style } }: Context): string {
  const severalProjects = new Set(rows.map(({ project }) => project)).size > 1
  const header = [
    'NAME',
    'STATE',
    'PID',
    'UPTIME',
    'VCPUS',
    'CPU',
    'MEMORY',
    'USED',
    ...(severalProjects ? ['PROJECT'] : []),
  ]
  const cells = rows.map((row) => {
    const running = row.state.kind === 'running'
    return [
      row.name,
      stateOf(row),
      running ? String(row.record?.pid) : '-',
      running ? formatDuration(Date.now() - Date.parse(row.record?.startedAt ?? '')) : '-',
      row.record === undefined ? '-' : String(row.record.vcpus),
      row.use === undefined ? '-' : formatDuration(row.use.cpuMs),
      row.record === undefined ? '-' : formatBytes(row.record.memoryBytes),
      row.use === undefined ? '-' : formatMebibytes(row.use.residentBytes),
      ...(severalProjects ? [row.project] : []),
    ]
  })
  const [first = '', ...lines] = renderTable([header, ...cells]).split('\n')
  return [style.bold(first), ...lines].join('\n')
}

/** `running`, or `running (ready)` where its manifest says when it is. */
function stateOf({ state }: VmStatus): string {
  const text = describeState(state)
  if (state.kind !== 'running' || state.readiness === undefined) return text
  return `${text} (${state.readiness === 'pending' ? 'not ready yet' : state.readiness.replace('-', ' ')})`
}

function formatMebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 ** 2)}MiB`
}

function toJson(rows: Row[]): object {
  const vms = rows.map(({ project, name, state, record, files, use }) => ({
    project,
    name,
    state: state.kind,
    description: describeState(state),
    ...(state.kind === 'running' && { pid: record?.pid, paused: state.paused, readiness: state.readiness, ...use }),
    ...(state.kind === 'stopped' && { stopped: state.event }),
    ...(state.kind === 'damaged' && { problem: state.problem }),
    ...(record !== undefined && {
      startedAt: record.startedAt,
      vcpus: record.vcpus,
      memoryBytes: record.memoryBytes,
      digest: record.digest,
    }),
    directory: files.directory,
  }))
  return { formatVersion: 1, vms }
}
