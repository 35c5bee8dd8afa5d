/**
 * Phases of sessions and of their components, and the one table of who may take a session from where to where.
 * Source: IVOA ExecutionBroker v1.0, SimpleExecutionSessionPhase and LifecyclePhase.
 */
export const sessionPhases = [
  'INITIAL', 'OFFERED', 'ACCEPTED', 'REJECTED', 'EXPIRED', 'WAITING', 'PREPARING', 'AVAILABLE', 'RUNNING', 'RELEASING',
  'COMPLETED', 'FAILED', 'CANCELLED',
] as const;
export type SessionPhase = (typeof sessionPhases)[number];

export const lifecyclePhases = [
  'INITIALIZING', 'WAITING', 'PREPARING', 'AVAILABLE', 'RUNNING', 'RELEASING', 'COMPLETED', 'FAILED', 'CANCELLED',
] as const;
export type LifecyclePhase = (typeof lifecyclePhases)[number];

/** How the payload ended; kept apart from the phase. Evicted: ended by the platform for its own reasons. */
export type Outcome = 'succeeded' | 'failed' | 'cancelled' | 'evicted';

/** Who causes a transition: the client by update, or the broker. */
export type Cause = 'client' | 'broker';

type Transitions = Readonly<Partial<Record<SessionPhase, Cause>>>;
const none: Transitions = {};

/** From → to → who. What is not in this table cannot happen. */
export const transitions: Readonly<Record<SessionPhase, Transitions>> = {
  INITIAL: { OFFERED: 'broker', ACCEPTED: 'broker', FAILED: 'broker' },
  OFFERED: { ACCEPTED: 'client', REJECTED: 'client', EXPIRED: 'broker' },
  ACCEPTED: { WAITING: 'broker', PREPARING: 'broker', CANCELLED: 'client', FAILED: 'broker' },
  WAITING: { PREPARING: 'broker', CANCELLED: 'client', FAILED: 'broker' },
  PREPARING: { AVAILABLE: 'broker', RUNNING: 'broker', RELEASING: 'broker', CANCELLED: 'client', FAILED: 'broker' },
  AVAILABLE: { RUNNING: 'broker', RELEASING: 'broker', CANCELLED: 'client', FAILED: 'broker' },
  RUNNING: { RELEASING: 'broker', CANCELLED: 'client', FAILED: 'broker' },
  RELEASING: { COMPLETED: 'broker', FAILED: 'broker' },
  REJECTED: none, EXPIRED: none, COMPLETED: none, FAILED: none, CANCELLED: none,
};

/** True when the table lets `by` take a session from `from` to `to`. */
export function mayMove(from: SessionPhase, to: SessionPhase, by: Cause): boolean {
  return transitions[from][to] === by;
}

/** Phases that a client may ask for now. */
export function clientChoices(from: SessionPhase): readonly SessionPhase[] {
  return sessionPhases.filter((to) => transitions[from][to] === 'client');
}

/** True when nothing can follow. */
export function isFinal(phase: SessionPhase): boolean {
  return Object.keys(transitions[phase]).length === 0;
}
