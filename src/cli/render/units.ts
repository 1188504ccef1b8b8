// Quantities as people read them.

/** `42s`, `5m 3s`, `2h 10m`, `3d 4h`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  if (hours >= 24) return `${Math.floor(hours / 24)}d ${hours % 24}h`
  if (hours > 0) return `${hours}h ${minutes % 60}m`
  if (minutes > 0) return `${minutes}m ${seconds % 60}s`
  return `${seconds}s`
}

/** `1 machine`, `2 machines`. */
export function plural(count: number, word: string, words: string = word + 's'): string {
  return `${count} ${count === 1 ? word : words}`
}

/** `512 bytes`, `62.9MiB`: to three digits, for a glance. */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return plural(bytes, 'byte')
  const units = ['KiB', 'MiB', 'GiB', 'TiB']
  let [size, unit] = [bytes / 1024, 0]
  while (size >= 1024 && unit < units.length - 1) [size, unit] = [size / 1024, unit + 1]
  return `${size < 100 ? size.toFixed(1) : Math.round(size)}${units[unit]}`
}
