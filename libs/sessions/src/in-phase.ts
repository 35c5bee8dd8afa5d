/** A session taken to a phase, with everything that follows from the phase: component phases and options. */
import { clientChoices, isFinal, sessionPhases } from '#model';
import type { Instant, LifecyclePhase, Option, Placed, Session, SessionPhase } from '#model';

interface ComponentPhases { readonly active: LifecyclePhase; readonly stored: LifecyclePhase }

const all = (phase: LifecyclePhase): ComponentPhases => ({ active: phase, stored: phase });

/** Phases of executable and compute (active), and of storage and data (stored). */
const componentPhases: Readonly<Record<SessionPhase, ComponentPhases>> = {
  INITIAL: all('INITIALIZING'), OFFERED: all('INITIALIZING'), ACCEPTED: all('INITIALIZING'), REJECTED: all('CANCELLED'), EXPIRED: all('CANCELLED'),
  WAITING: all('WAITING'), PREPARING: all('PREPARING'), AVAILABLE: all('AVAILABLE'), RUNNING: { active: 'RUNNING', stored: 'AVAILABLE' },
  RELEASING: all('RELEASING'), COMPLETED: all('COMPLETED'), FAILED: all('FAILED'), CANCELLED: all('CANCELLED'),
};

/**
 * `settled` false: the session's phase is final already, but its native side is still being stopped and released, which
 * the components tell.
 */
export function inPhase(session: Session, phase: SessionPhase, now: Instant, settled = true): Session {
  const { active, stored } = settled ? componentPhases[phase] : all('RELEASING');
  return withOptions({
    ...session, phase, modified: now,
    executable: placedIn(session.executable, active), compute: placedIn(session.compute, active),
    storage: session.storage.map((one) => placedIn(one, stored)), data: session.data.map((one) => placedIn(one, stored)),
  });
}

/** What a client may change now: the phase, unless it is final. */
export function optionsFor(session: Session): readonly Option[] {
  return optionsIn.get(session.phase) ?? [];
}

const optionsIn: ReadonlyMap<SessionPhase, readonly Option[]> = new Map(sessionPhases.map((phase) => {
  const values = isFinal(phase) ? [] : clientChoices(phase);
  return [phase, values.length === 0 ? [] : [{ kind: 'enum', path: 'phase', values }]];
}));

function withOptions(session: Session): Session {
  return { ...session, options: optionsFor(session) };
}

function placedIn<P extends Placed<unknown>>(component: P, phase: LifecyclePhase): P {
  return component.phase === phase ? component : { ...component, phase };
}
