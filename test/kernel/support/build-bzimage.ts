// Builds small bzImages: a setup header as a 6.1 kernel has it, and a payload of zeros.

export interface BzImagePlan {
  setupSectors?: number
  /** Of 16 bytes. */
  paragraphs?: number
  protocolVersion?: number
  bootFlag?: number
  loadflags?: number
  xloadflags?: number
  /** Byte at 0x201, from which the header's end follows. */
  jump?: number
  alignment?: number
  prefAddress?: bigint
  initSize?: number
  initrdAddressMax?: number
  versionPointer?: number
  versionText?: string
  /** Length of the file; as long as the header promises unless said otherwise. */
  fileLength?: number
}

export function buildBzImage(plan: BzImagePlan = {}): Buffer {
  const setupSectors = plan.setupSectors ?? 3
  const paragraphs = plan.paragraphs ?? 64
  const payloadOffset = ((setupSectors || 4) + 1) * 512
  const bytes = Buffer.alloc(Math.max(payloadOffset + Math.min(paragraphs, 65536) * 16, 0x400))
  bytes.write('MZ', 0, 'latin1')
  bytes.writeUInt8(setupSectors, 0x1f1)
  bytes.writeUInt32LE(paragraphs, 0x1f4)
  bytes.writeUInt16LE(plan.bootFlag ?? 0xaa55, 0x1fe)
  bytes.writeUInt8(plan.jump ?? 0x6a, 0x201)
  bytes.write('HdrS', 0x202, 'latin1')
  bytes.writeUInt16LE(plan.protocolVersion ?? 0x20f, 0x206)
  bytes.writeUInt16LE(plan.versionPointer ?? 0x300 - 0x200, 0x20e)
  bytes.writeUInt8(plan.loadflags ?? 1, 0x211)
  bytes.writeUInt32LE(plan.initrdAddressMax ?? 0x7fffffff, 0x22c)
  bytes.writeUInt32LE(plan.alignment ?? 0x200000, 0x230)
  bytes.writeUInt8(1, 0x234)
  bytes.writeUInt16LE(plan.xloadflags ?? 0x3f, 0x236)
  bytes.writeUInt32LE(2047, 0x238)
  bytes.writeBigUInt64LE(plan.prefAddress ?? 0x1000000n, 0x258)
  bytes.writeUInt32LE(plan.initSize ?? 0x3000000, 0x260)
  bytes.write(plan.versionText ?? '6.1.0-1-amd64 (builder@host) #1 SMP', 0x300, 'latin1')
  return plan.fileLength === undefined ? bytes : Buffer.concat([bytes], plan.fileLength)
}
