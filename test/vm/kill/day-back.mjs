// Loaded into volt before it begins (`node --import`): its clock is a day behind.
const DAY_MS = 86_400_000
const now = Date.now

globalThis.Date = class extends Date {
  constructor(...args) {
    super(...(args.length === 0 ? [now() - DAY_MS] : args))
  }

  static now() {
    return now() - DAY_MS
  }
}
