/** A broker whose asks and accepts are counted. */
import { BrokerError } from '#model';
import type { ExecutionBroker, Session, Update } from '#model';
import type { BrokerMetrics } from './metrics.js';

/** The same broker, with its asks and accepts counted. */
export function measured(broker: ExecutionBroker, { asks, askSeconds, accepts }: Pick<BrokerMetrics, 'asks' | 'askSeconds' | 'accepts'>): ExecutionBroker {
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

async function accepting(accepts: BrokerMetrics['accepts'], work: () => Promise<Session>): Promise<Session> {
  try {
    const session = await work();
    accepts.inc({ result: 'ok' });
    return session;
  } catch (error) {
    accepts.inc({ result: error instanceof BrokerError && error.word === 'conflict' ? 'conflict' : 'failed' });
    throw error;
  }
}
