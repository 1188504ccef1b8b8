// Builds Debian packages member by member, right or deliberately wrong (deb(5), tar's ustar format).

export interface TarMember {
  name: string
  content?: Buffer
  /** ustar's: '0' a file, '1' a hard link, '2' a symbolic link, '3' a character device, '4' a block device, '5' a directory, '6' a FIFO. */
  type?: string
  target?: string
  /** What the header says; by default the content's length. */
  size?: number
  mode?: number
  uid?: number
  gid?: number
  mtime?: number
  device?: [major: number, minor: number]
}

export function buildTar(members: readonly TarMember[]): Buffer {
  return Buffer.concat([...members.map(tarMember), Buffer.alloc(1024)])
}

function tarMember(member: TarMember): Buffer {
  const { name, content = Buffer.alloc(0), type = '0', target = '', size, device } = member
  const { mode = 0o644, uid = 0, gid = 0, mtime = 0 } = member
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  const header = Buffer.alloc(512)
  header.write(name, 0, 100, 'latin1')
  header.write([mode, uid, gid].map((value) => octal(value, 7)).join(''), 100, 'latin1')
  header.write(octal(size ?? content.length, 11) + octal(mtime, 11), 124, 'latin1')
  header.write(' '.repeat(8) + type + target, 148, 'latin1')
  header.write('ustar\x0000', 257, 'latin1')
  if (device !== undefined) header.write(device.map((value) => octal(value, 7)).join(''), 329, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(sum.toString(8).padStart(6, '0') + '\0 ', 148, 'latin1')
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}

export function buildAr(members: readonly [string, Buffer][]): Buffer {
  const parts = members.flatMap(([name, content]) => {
    const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(content.length).padEnd(10)}\`\n`
    return [Buffer.from(header), content, Buffer.alloc(content.length % 2, '\n')]
  })
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts])
}

export interface DebPlan {
  members: readonly TarMember[]
  name?: string
  version?: string
  /** How data.tar is packed, and what its name ends in. */
  data?: { suffix: string; pack: (tar: Buffer) => Buffer }
}

export function buildDeb({ members, name = 'linux-image-6.1.0-9-test', version = '6.1.90-1', data }: DebPlan): Buffer {
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: amd64\nMaintainer: Nobody <n@example.org>\nDescription: a kernel\n`
  return buildAr([
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar', buildTar([{ name: './control', content: Buffer.from(control) }])],
    [`data.tar${data?.suffix ?? ''}`, (data?.pack ?? ((tar) => tar))(buildTar(members))],
  ])
}
