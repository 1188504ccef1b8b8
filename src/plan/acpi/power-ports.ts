// The I/O ports by which a guest sleeps, resets and asks what happened; the engine's `power` device answers them.

/** First port of the block. */
export const POWER_PORT = 0x600

/** Byte registers of the block, as offsets. */
export const POWER_REGISTER = {
  /** SLEEP_CONTROL: bits 4:2 SLP_TYP, bit 5 SLP_EN (ACPI 6.4 §4.8.3.7). */
  sleepControl: 0,
  /** SLEEP_STATUS: bit 7 WAK_STS. */
  sleepStatus: 1,
  /** RESET_REG: RESET_VALUE written here resets the machine. */
  reset: 2,
  /** Events since the last read, which clears them: EVENT_BIT. */
  events: 3,
} as const

export const POWER_PORT_COUNT = 4

export const RESET_VALUE = 0x01

/** SLP_TYP of \_S5. */
export const SLEEP_TYPE_S5 = 5

/** Bits of the event register. */
export const EVENT_BIT = { powerButton: 0x01, generation: 0x02 } as const
