// What stands between a valid manifest and a boot plan. Collected, never thrown; src/run/ adds the position.

/** Why a machine has no plan, by the field of its manifest. */
export interface PlanProblem {
  /** V2xx, docs/diagnostics.md. */
  code: string
  message: string
  /** JSON pointer into the manifest. */
  pointer: string
  /** What to do about it. */
  hint?: string
}
