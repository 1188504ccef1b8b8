// The option --format of commands whose findings others read too.
import { Option } from 'commander'

export const FORMATS = ['human', 'json', 'github', 'sarif', 'markdown'] as const
export type Format = (typeof FORMATS)[number]

export function formatOption(): Option {
  const text = 'for people, scripts, annotations of GitHub Actions, code scanning, or a pull request'
  return new Option('--format <format>', text).choices(FORMATS).default('human')
}
