// How much a guest sends and gets by each of its ways, in MiB.
export const TRANSFER_MIB = Number(process.env['VOLT_LAB_TRANSFER_MIB'] ?? 32)
