// How much of a manifest is read before it is refused. Far above what people write, low enough that any file is
// answered within a second.

export const MAX_MANIFEST_BYTES = 1024 * 1024
export const MAX_DOCUMENTS = 256

/** Manifests below one another by `extends`. */
export const MAX_EXTENDS_DEPTH = 8

/** Files that the documents of one file extend, in all. */
export const MAX_BASES = 64

/** Values of all documents of a file, with what they extend. */
export const MAX_COMPOSED_VALUES = 100_000

/** Lexical tokens of the whole file; a plain manifest has about a hundred. */
export const MAX_TOKENS = 50_000

/** Tokens that open something and are still open: a key, its value and a list entry each count. */
export const MAX_DEPTH = 64

/** Values of one document with every alias replaced by what it stands for. */
export const MAX_VALUES = 10_000

/** Problems reported of one document; the rest follow from these or would not be read. */
export const MAX_PROBLEMS_PER_DOCUMENT = 50

/**
 * Guest memory in bytes. Below 1 MiB lies what the guest boots with, and kernels are loaded at 1 MiB and up, so less
 * than 2 MiB cannot hold one. Above 64 TiB (46 bits) most processors have no physical addresses left.
 */
export const MIN_MEMORY_BYTES = 2 * 1024 ** 2
export const MAX_MEMORY_BYTES = 64 * 1024 ** 4

/** The schema's limit of `vcpus`. */
export const MAX_VCPUS = 4096

/** As many processors as Linux may be built for on x86-64. */
export const MAX_HOST_CPUS = 8192

/** What a machine's process takes beside its guest's memory, several times over. */
export const MIN_MEMORY_OVERHEAD_BYTES = 16 * 1024 ** 2

/** Threads of a machine with a few devices. */
export const MIN_THREADS_BESIDE_VCPUS = 16

/** Linux adds a NUMA node with less memory to another one (NODE_MIN_SIZE). */
export const MIN_NODE_MEMORY_BYTES = 4 * 1024 ** 2

/** Nobody waits longer for a guest to power itself off. */
export const MAX_STOP_TIMEOUT_MS = 24 * 60 * 60 * 1000

/** Nobody waits longer for a guest to become ready. */
export const MAX_READINESS_TIMEOUT_MS = 24 * 60 * 60 * 1000

/** What a keeper reads at once is never divided between two logs. */
export const MIN_CONSOLE_LOG_BYTES = 4096

/** Below it the asking is what the guest does; above it nobody looks any more. */
export const MIN_STATS_INTERVAL_MS = 100
export const MAX_STATS_INTERVAL_MS = 60 * 60 * 1000

/** Bytes a second of a rate, and bytes of its burst: more than any device moves, and exact in every arithmetic. */
export const MAX_BANDWIDTH_BYTES = 1024 ** 4

/** A smaller ext4 has no journal; in a larger one the empty file system alone takes seconds to make. */
export const MIN_MADE_DISK_BYTES = 8 * 1024 ** 2
export const MAX_MADE_DISK_BYTES = 1024 ** 4

/** KVM maps guest memory in pages. */
export const PAGE_BYTES = 4096
