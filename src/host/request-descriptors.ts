// A question to another process of ours over a Unix socket, whose answer may bring descriptors.
import { constants } from 'node:os'
import { inDirectory } from './listen-socket.ts'
import type { NativeError } from './native-addon.ts'
import { fromNative } from './native-error.ts'
import { native } from './native.ts'
import { ownDescriptor, type OpenDescriptor } from './open-descriptor.ts'

export interface DescriptorAnswer {
  /** Empty where the other end hung up without one. */
  text: string
  /** The caller's. */
  descriptors: OpenDescriptor[]
}

/** Undefined where nobody listens at `name` in the directory. Throws HOST_ERROR or NOT_BUILT. */
export async function requestDescriptors(
  directory: string,
  name: string,
  request: object,
): Promise<DescriptorAnswer | undefined> {
  try {
    return await inDirectory(directory, name, async (path) => {
      const { answer, descriptors } = await native().requestDescriptors(path, JSON.stringify(request) + '\n')
      return { text: answer, descriptors: descriptors.map(ownDescriptor) }
    })
  } catch (error) {
    const { errno } = error as NativeError
    if (errno === constants.errno.ENOENT || errno === constants.errno.ECONNREFUSED) return undefined
    throw error instanceof Error && 'code' in error ? fromNative(error as NativeError) : error
  }
}
