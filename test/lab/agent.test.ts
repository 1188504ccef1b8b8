// volt exec in a guest of a real kernel: its modules by name, busybox and volt-agent in an initrd that Volt makes.
// timeout: 900 s
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { AGENT_FILE } from '../../src/host/built-files.ts'
import { suite } from '../suite.ts'
import { LAB_CPU } from './guests.ts'
import { missingLab } from './missing-lab.ts'
import { voltJobs } from './volt-job.ts'

const test = suite('lab: the agent in a guest')
const LAB_TIMEOUT_S = 400
const BUSYBOX = '/bin/busybox'

const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev
cd /lib/modules/$(uname -r)
while read -r module; do insmod "$module"; done < modules.volt
cd /
volt-agent &
wait
`
const MANIFEST = {
  apiVersion: 'volt/v1',
  kind: 'MicroVM',
  metadata: { name: 'guest' },
  kernel: {
    image: 'debian-cloud',
    initrd: { directory: './root', modules: ['virtio-mmio', 'vmw_vsock_virtio_transport'] },
    cmdline: 'console=ttyS0 quiet panic=-1 initcall_blacklist=cmos_init',
  },
  cpu: LAB_CPU,
  memory: '256MiB',
  vsock: true,
  readiness: { vsock: 717, timeout: '300s' },
}
const JOB = `
volt apply --wait vm.yaml >&2 || { volt logs guest >&2; exit 1; }
echo "release: $(volt exec guest -- uname -r)"
code=0
volt exec guest -- sh -c 'exit 7' || code=$?
echo "code: $code"
echo "loaded: $(volt exec guest -- cut -d' ' -f1 /proc/modules | sort | tr '\\n' ' ')"
volt destroy guest >&2
echo "left: $(volt ps --json | tr -d ' \\n')"
`

const root = await mkdtemp(join(tmpdir(), 'volt-lab-agent-'))
test.after(() => rm(root, { recursive: true, force: true }))
const jobs = await voltJobs(root)

async function whyNot(): Promise<string | false> {
  if (!existsSync(BUSYBOX)) return 'there is no busybox here'
  if (!existsSync(AGENT_FILE)) return 'volt-agent is not built'
  return missingLab('prepare') || jobs.missingKernel()
}

test.skipIf(await whyNot(), 'runs commands, and gives their output and exit codes', async () => {
  const place = join(root, 'project')
  const bin = join(place, 'root/bin')
  await mkdir(bin, { recursive: true })
  for (const name of ['dev', 'proc']) await mkdir(join(place, 'root', name))
  await copyFile(BUSYBOX, join(bin, 'busybox'))
  await copyFile(AGENT_FILE, join(bin, 'volt-agent'))
  await writeFile(join(place, 'root/init'), INIT)
  await chmod(join(place, 'root/init'), 0o755)
  await writeFile(join(place, 'vm.yaml'), JSON.stringify(MANIFEST))
  const { code, stdout, stderr } = await jobs.inLab(JOB, place, LAB_TIMEOUT_S)
  assert.is(code, 0, stderr)
  assert.match(stdout, /^release: \d+\.\d+\.\S+-cloud-amd64$/m)
  assert.match(stdout, /^code: 7$/m)
  assert.match(stdout, /^loaded: .*\bvirtio_mmio\b.*\bvmw_vsock_virtio_transport\b.*\bvsock\b/m)
  assert.match(stdout, /^left: .*"vms":\[\]/m)
})

test.run()
