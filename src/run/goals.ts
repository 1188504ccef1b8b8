// What a machine can be waited for to be.
export const GOALS = ['running', 'ready', 'stopped'] as const
export type Goal = (typeof GOALS)[number]
