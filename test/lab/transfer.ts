// How much the Debian guest sends and gets by each of its ways; 1024 shows a GiB, in a few minutes more.
export const TRANSFER_MIB = Number(process.env['VOLT_LAB_TRANSFER_MIB'] ?? 32)
