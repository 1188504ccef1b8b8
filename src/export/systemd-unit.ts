// A systemd unit that runs a saved plan (systemd.service(5), systemd.unit(5)).

export interface UnitOptions {
  project: string
  vm: string
  /** The program and its first words: an absolute path first. */
  volt: readonly string[]
  /** Absolute. */
  planFile: string
  /** How long a stop may take. */
  stopSeconds: number
}

const START_TIMEOUT_S = 120

export function systemdUnit({ project, vm, volt, planFile, stopSeconds }: UnitOptions): string {
  const here = ['--project', project]
  return `[Unit]
Description=Volt machine ${vm} of project ${project}
After=network.target

[Service]
Type=notify
# What runs in the end is volt-vmm, which volt names and leaves.
NotifyAccess=all
ExecStart=${commandLine([...volt, 'apply', '--yes', '--notify', ...here, planFile])}
ExecStop=${commandLine([...volt, 'stop', ...here, vm])}
StateDirectory=volt
StateDirectoryMode=0700
Environment=XDG_STATE_HOME=%S
KillMode=mixed
TimeoutStartSec=${START_TIMEOUT_S}
TimeoutStopSec=${stopSeconds}

[Install]
WantedBy=multi-user.target
`
}

function commandLine(words: readonly string[]): string {
  return words.map(quoted).join(' ')
}

/** Specifiers begin with `%`, variables with `$`; in quotes a backslash escapes. */
function quoted(word: string): string {
  const literal = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w@+=:,./%$-]+$/.test(literal) ? literal : `"${literal.replaceAll(/["\\]/g, '\\$&')}"`
}
