// Generated from schema/lock.schema.json by `npm run generate`; edit the schema instead.

/**
 * As the manifest has it, relative to this file.
 */
export type Path = string
/**
 * Length in bytes.
 */
export type Size = number
export type Sha256 = string

/**
 * volt.lock: what the machines of a directory are made from, by content. Written by `volt lock`, compared under --locked.
 */
export interface Lock {
  /**
   * Version of this format.
   */
  lockVersion: 1
  schema: LockedSchema
  manifests: LockedManifests
}
/**
 * What manifests were read by.
 */
export interface LockedSchema {
  /**
   * Version of the manifest format.
   */
  apiVersion: 'volt/v1'
  /**
   * SHA-256 of the manifest's schema as JSON with sorted keys and without its descriptions: of fields, limits and defaults.
   */
  sha256: string
}
/**
 * Manifests beside this file, by name.
 */
export interface LockedManifests {
  [k: string]: LockedMachines
}
/**
 * Machines of a manifest, by name.
 */
export interface LockedMachines {
  [k: string]: LockedMachine
}
export interface LockedMachine {
  kernel: LockedFile
  initrd?: LockedFile
  cpuTemplate?: LockedTemplate
  disks?: LockedDisks
}
/**
 * A file of which every byte counts.
 */
export interface LockedFile {
  path: Path
  size: Size
  sha256: Sha256
}
/**
 * The CPU template, where the machine has one.
 */
export interface LockedTemplate {
  template: Path
  /**
   * SHA-256 of its features as canonical JSON.
   */
  sha256: string
}
/**
 * Images of its disks, by the disk's name.
 */
export interface LockedDisks {
  [k: string]: LockedDisk
}
export interface LockedDisk {
  path: Path
  size: Size
  /**
   * SHA-256 of an image that is only read. One that the guest writes to has none.
   */
  sha256?: string
}
