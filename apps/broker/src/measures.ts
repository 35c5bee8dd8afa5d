/** What a node counts of its work, for /metrics; docs/operations.md says what to look at. */
import { BrokerError } from '#model';
import type { ExecutionBroker, Log, Session, SessionPhase, Update } from '#model';
import type { Metrics } from '#runtime';
import type { LoadedConfig } from './load-config.js';

/** The same broker, with its asks and accepts counted. */
export function measured(broker: ExecutionBroker, { asks, askSeconds, accepts }: Pick<Metrics, 'asks' | 'askSeconds' | 'accepts'>): ExecutionBroker {
  const timed = async <T extends object>(work: () => Promise<T>, resultOf: (answer: T) => string): Promise<T> => {
    const end = askSeconds.startTimer();
    const answer = await work();
    end();
    asks.inc({ result: resultOf(answer) });
    return answer;
  };
  return {
    ask: (request, requester, passage) => timed(() => broker.ask(request, requester, passage), ({ result }) => result),
    direct: (request, requester) => timed(() => broker.direct(request, requester), (answer) => ('result' in answer ? answer.result : 'YES')),
    update: (id, update, requester) => (isAccept(update) ? accepting(accepts, () => broker.update(id, update, requester)) : broker.update(id, update, requester)),
    offerSet: (id, requester) => broker.offerSet(id, requester),
    explanation: (id, requester) => broker.explanation(id, requester),
    session: (id, requester) => broker.session(id, requester),
    sessions: (query, requester) => broker.sessions(query, requester),
    events: (id, after, requester, signal) => broker.events(id, after, requester, signal),
    logs: (id, follow, requester, signal) => broker.logs(id, follow, requester, signal),
    capacity: (window, requester) => broker.capacity(window, requester),
    digest: (requester) => broker.digest(requester),
  };
}

function isAccept(update: Update): boolean {
  return update.path === 'phase' && 'value' in update && update.value === 'ACCEPTED';
}

async function accepting(accepts: Metrics['accepts'], work: () => Promise<Session>): Promise<Session> {
  try {
    const session = await work();
    accepts.inc({ result: 'ok' });
    return session;
  } catch (error) {
    accepts.inc({ result: error instanceof BrokerError && error.word === 'conflict' ? 'conflict' : 'failed' });
    throw error;
  }
}

interface Entered { readonly phase: SessionPhase; readonly at: number; readonly start: number }

/** Counts phases as sessions enter them, and how long after its booked start each is seen running. */
export function phaseCounter({ phases, startLateness }: Pick<Metrics, 'phases' | 'startLateness'>): { record(fact: Entered): Promise<void> } {
  return {
    record: ({ phase, at, start }) => {
      phases.inc({ phase });
      if (phase === 'RUNNING') startLateness.observe(Math.max(0, at - start) / 1000);
      return Promise.resolve();
    },
  };
}

/** Every configured platform is down until it answers; one that could not even be made stays so. */
export function platformGauge({ platformUp }: Pick<Metrics, 'platformUp'>, { config }: Pick<LoadedConfig, 'config'>): (platform: string, isUp: boolean) => void {
  for (const { name, type } of config.platforms) platformUp.set({ platform: name ?? type }, 0);
  return (platform, isUp) => { platformUp.set({ platform }, isUp ? 1 : 0); };
}

/** For the ledger, when it finds that it has promised more than there is. */
export function capacityAlarm({ alarms }: Pick<Metrics, 'alarms'>, log: Log): (violation: unknown) => void {
  return (violation) => {
    alarms.inc();
    log.error('CAPACITY VIOLATION: the ledger is overbooked', { violation });
  };
}
