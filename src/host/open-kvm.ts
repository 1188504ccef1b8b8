// Opens /dev/kvm, or says why it does not open and what the user does about it.
import { open, stat, type FileHandle } from 'node:fs/promises'
import { VoltError } from '../volt-error.ts'

/** Path of the KVM device; VOLT_KVM names another one, for containers that map it elsewhere. */
export function kvmPath(): string {
  return process.env['VOLT_KVM'] || '/dev/kvm'
}

/** The caller closes the handle. Throws KVM_MISSING, KVM_PERMISSION or HOST_ERROR. */
export async function openKvm(path: string = kvmPath()): Promise<FileHandle> {
  try {
    return await open(path, 'r+')
  } catch (cause) {
    throw await explainKvmFailure(path, cause as NodeJS.ErrnoException)
  }
}

/** The sentence and the hint for a KVM device that did not open. */
export async function explainKvmFailure(path: string, cause: NodeJS.ErrnoException): Promise<VoltError> {
  const errno = cause.errno === undefined ? {} : { errno: Math.abs(cause.errno) }
  switch (cause.code) {
    case 'ENOENT':
    case 'ENXIO':
    case 'ENODEV':
    case 'ENOTDIR':
      return new VoltError('KVM_MISSING', `${path} does not exist`, {
        hint:
          'load the module (`modprobe kvm_intel` or `modprobe kvm_amd`) and switch virtualization on in the firmware; ' +
          'in a container, pass the device (`--device /dev/kvm`)',
        ...errno,
        cause,
      })
    case 'EACCES':
    case 'EPERM':
      return new VoltError('KVM_PERMISSION', `no permission to open ${path}${await describeOwner(path)}`, {
        hint:
          'join the group kvm once (`sudo usermod -aG kvm "$USER"`, then log in again); ' +
          'where the device has no such group, `sudo chgrp kvm /dev/kvm && sudo chmod 660 /dev/kvm` gives it one',
        ...errno,
        cause,
      })
    default:
      return new VoltError('HOST_ERROR', `cannot open ${path}: ${cause.message}`, { ...errno, cause })
  }
}

async function describeOwner(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return ''
  return `: it belongs to user ${found.uid} and group ${found.gid}, mode ${(found.mode & 0o777).toString(8).padStart(4, '0')}`
}
