// What the guests of the lab find on its network: a name server, and a web server with an archive of one Debian package.
import { execFileSync } from 'node:child_process'
import { createCipheriv, createHash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** An address of the lab that is not the one its guests get (lab-init). */
export const SERVER_ADDRESS = '198.51.100.1'
export const SERVER_NAME = 'server.volt.test'
export const SERVER_PORT = 8000
/** The command that it brings has the same name. */
export const ARCHIVE_PACKAGE = 'volt-lab-package'
const MIB = 2 ** 20

/** Only in the lab: it takes port 53 and writes /etc/resolv.conf. Both end with this process. */
export function startServices(): void {
  writeFileSync('/etc/resolv.conf', `nameserver ${SERVER_ADDRESS}\n`)
  const names = createSocket('udp4')
  names.on('message', (query, { port, address }) => names.send(answerQuery(query), port, address))
  names.bind(53, SERVER_ADDRESS)
  names.unref()
  const archive = makeArchive()
  const web = createServer((request, response) => {
    serve(archive, request, response).catch((cause) => response.destroy(cause as Error))
  })
  web.requestTimeout = 0 // a GiB takes as long as it takes
  web.listen(SERVER_PORT, SERVER_ADDRESS)
  web.unref()
}

/** RFC 1035: one A record for every question of type A, nothing for other types. */
function answerQuery(query: Buffer): Buffer {
  const end = query.indexOf(0, 12) + 5
  const question = query.subarray(12, end)
  const isAddress = question.readUInt16BE(question.length - 4) === 1
  const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, isAddress ? 1 : 0, 0, 0, 0, 0])
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...SERVER_ADDRESS.split('.').map(Number)])
  return Buffer.concat(isAddress ? [header, question, record] : [header, question])
}

function makeArchive(): Map<string, Buffer> {
  const tree = `/tmp/${ARCHIVE_PACKAGE}`
  mkdirSync(`${tree}/DEBIAN`, { recursive: true })
  mkdirSync(`${tree}/usr/bin`, { recursive: true })
  const control = `Package: ${ARCHIVE_PACKAGE}\nVersion: 1.0\nArchitecture: all\nMaintainer: Volt <volt@volt.test>\nDescription: shows that a guest can install packages\n`
  writeFileSync(`${tree}/DEBIAN/control`, control)
  writeFileSync(`${tree}/usr/bin/${ARCHIVE_PACKAGE}`, '#!/bin/sh\ntrue\n', { mode: 0o755 })
  execFileSync('dpkg-deb', ['--root-owner-group', '-b', tree, `${tree}.deb`], { stdio: 'ignore' })
  const deb = readFileSync(`${tree}.deb`)
  const digest = createHash('sha256').update(deb).digest('hex')
  const index = `${control}Filename: ./package.deb\nSize: ${deb.length}\nSHA256: ${digest}\n`
  return new Map([
    ['/archive/./package.deb', deb],
    ['/archive/package.deb', deb],
    ['/archive/./Packages', Buffer.from(index)],
    ['/archive/Packages', Buffer.from(index)],
  ])
}

/** The same bytes for the same size. */
function* bytes(mib: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16))
  for (let index = 0; index < mib; index++) yield cipher.update(Buffer.alloc(MIB))
}

/** As sha256sum says it of what `/bytes/MIB` gives. */
export function digestOfBytes(mib: number): string {
  const hash = createHash('sha256')
  for (const part of bytes(mib)) hash.update(part)
  return `${hash.digest('hex')}  -`
}

async function serve(archive: Map<string, Buffer>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? ''
  const [, kind, size] = url.split('/')
  const file = archive.get(url)
  if (file !== undefined) response.end(file)
  else if (kind === 'bytes') await pipeline(Readable.from(bytes(Number(size))), response)
  else if (kind === 'digest') response.end(`${digestOfBytes(Number(size))}\n`)
  else if (kind === 'upload') {
    const hash = createHash('sha256')
    for await (const part of request) hash.update(part as Buffer)
    response.end(`${hash.digest('hex')}  -\n`)
  } else response.writeHead(404).end()
}
