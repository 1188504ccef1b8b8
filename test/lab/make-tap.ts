// A tap of the lab, which the host reaches a guest by.
import { execFileSync, spawnSync } from 'node:child_process'

/** Only in the lab. `words` are further ones of `ip tuntap add`. */
export function makeTap(name: string, address: string, ...words: string[]): void {
  const ip = (...command: string[]): void =>
    void execFileSync('ip', command, { stdio: ['ignore', 'ignore', 'inherit'] })
  spawnSync('ip', ['link', 'del', name], { stdio: 'ignore' }) // of an attempt before this one
  ip('tuntap', 'add', name, 'mode', 'tap', ...words)
  ip('addr', 'add', `${address}/24`, 'dev', name)
  ip('link', 'set', name, 'up')
}
