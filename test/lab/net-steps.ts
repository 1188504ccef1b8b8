// What the Debian guest does on its network: an address by DHCP, a name by DNS, packages from an archive, files each way,
// and an answer through a forwarded port.
import { connect } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { answer, commandOf, SHELL, step, type Line } from './dialogue.ts'
import { ARCHIVE_PACKAGE, SERVER_NAME, SERVER_PORT } from './net-services.ts'
import { TRANSFER_MIB } from './transfer.ts'

const HOST_PORT = 8080
const GUEST_PORT = 80
const TIMEOUT_MS = 30_000
const server = `http://${SERVER_NAME}:${SERVER_PORT}`

export const NETWORKS = [{ user: { ports: [`127.0.0.1:${HOST_PORT}:${GUEST_PORT}`] } }]

const apt =
  `echo 'deb [trusted=yes] ${server}/archive/ ./' >/etc/apt/sources.list && rm -f /etc/apt/sources.list.d/* && ` +
  `apt-get update -qq && apt-get install -qq ${ARCHIVE_PACKAGE} && ${ARCHIVE_PACKAGE}`
/** Of a guest that knows the server's name. */
export const DOWNLOAD = `[ "$(curl -sf ${server}/bytes/${TRANSFER_MIB} | sha256sum)" = "$(curl -sf ${server}/digest/${TRANSFER_MIB})" ]`
const text = `yes 'volt over http' | head -c ${TRANSFER_MIB}M`
const upload = `${text} | curl -sfT - ${server}/upload >/tmp/received && ${text} | sha256sum | cmp - /tmp/received`
const serve = `(socat TCP-LISTEN:${GUEST_PORT},fork,reuseaddr EXEC:hostname &) && sleep 1`

/** Debian 12's passt acknowledges a guest's SYN with the first data alone, so the client speaks first. */
async function askForwardedPort(): Promise<string> {
  const socket = connect(HOST_PORT, '127.0.0.1', () => socket.write('who are you?\n'))
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer')))
  const said = await textOf(socket).catch(String)
  return `${answer(`forwarded-to-${said.trim().replaceAll(/[^\w-]/g, '?')}`)}\n`
}

export const NET_NAMES = ['network-is-up', 'resolved', 'installed', 'downloaded', 'uploaded', 'serves', 'forwarded-to-volt-debian'] // prettier-ignore

export const uploadedAs = (name: string): Line => step(name, upload)
export const UPLOADED = uploadedAs('uploaded')
export const TRANSFER_STEPS: Line[] = [step('downloaded', DOWNLOAD), UPLOADED]

/** What is typed to fetch what has the digest. */
export function downloadedAs(name: string, digest: string): string {
  return commandOf(name, `[ "$(curl -sf ${server}/bytes/${TRANSFER_MIB} | sha256sum)" = "${digest}" ]`)
}

/** The one by passt: a tap, where the guest has one too, waits for an address until it is given one. */
export const NETWORK_IS_UP = step('network-is-up', '/lib/systemd/systemd-networkd-wait-online --any --timeout=60')

export const NET_STEPS: Line[] = [
  NETWORK_IS_UP,
  step('resolved', `getent ahostsv4 ${SERVER_NAME}`),
  step('installed', apt),
  ...TRANSFER_STEPS,
  step('serves', serve),
  { prompt: SHELL, type: askForwardedPort },
]
