/** The port with a record of who did what on which grounds. Reads are recorded only where they were refused. */
import { reasonText } from '#model';
import type {
  CapacityReport, Digest, ExecutionBroker, ExecutionRequest, Explanation, Interval, OfferSet, OfferSetId, Passage, Requester, Session, SessionEvent, SessionId, SessionQuery, Update,
} from '#model';
import { failureOf, updateAction } from './auditor.js';
import type { Auditor, Done } from './auditor.js';

const mostReasons = 5;

export class AuditedBroker implements ExecutionBroker {
  constructor(private readonly inner: ExecutionBroker, private readonly auditor: Auditor) {}

  ask(request: ExecutionRequest, requester: Requester, passage?: Passage): Promise<OfferSet> {
    return this.asked(requester, 'ask', () => this.inner.ask(request, requester, passage), setFacts);
  }

  direct(request: ExecutionRequest, requester: Requester): Promise<Session | OfferSet> {
    return this.asked(requester, 'direct', () => this.inner.direct(request, requester), (outcome) => ('result' in outcome ? setFacts(outcome) : { subject: outcome.id, outcome: 'done' }));
  }

  offerSet(id: OfferSetId, requester: Requester): Promise<OfferSet> {
    return this.read(requester, id, () => this.inner.offerSet(id, requester));
  }

  explanation(id: OfferSetId, requester: Requester): Promise<Explanation> {
    return this.read(requester, id, () => this.inner.explanation(id, requester));
  }

  session(id: SessionId, requester: Requester): Promise<Session> {
    return this.read(requester, id, () => this.inner.session(id, requester));
  }

  sessions(query: SessionQuery, requester: Requester): Promise<readonly Session[]> {
    return this.inner.sessions(query, requester);
  }

  update(id: SessionId, update: Update, requester: Requester): Promise<Session> {
    const value = 'value' in update ? update.value : update.delta;
    const action = updateAction(update.path, value);
    const facts = action === 'change' ? { facts: { path: update.path.slice(0, 60), value: typeof value === 'string' ? value.slice(0, 60) : value } } : {};
    return this.auditor.noted(requester, { action, subject: id, ...facts }, () => this.inner.update(id, update, requester));
  }

  events(id: SessionId, after: number, requester: Requester, signal: AbortSignal): Promise<AsyncIterable<SessionEvent>> {
    return this.read(requester, id, () => this.inner.events(id, after, requester, signal));
  }

  logs(id: SessionId, follow: boolean, requester: Requester, signal: AbortSignal): Promise<AsyncIterable<string>> {
    return this.read(requester, id, () => this.inner.logs(id, follow, requester, signal));
  }

  capacity(window: Interval, requester: Requester): Promise<CapacityReport> {
    return this.inner.capacity(window, requester);
  }

  digest(requester: Requester): Promise<Digest> {
    return this.inner.digest(requester);
  }

  private async asked<T>(requester: Requester, action: 'ask' | 'direct', work: () => Promise<T>, told: (result: T) => Omit<Done, 'action'>): Promise<T> {
    try {
      const result = await work();
      await this.auditor.note(requester, { action, ...told(result) });
      return result;
    } catch (error) {
      await this.auditor.note(requester, { action, ...failureOf(error) });
      throw error;
    }
  }

  private async read<T>(requester: Requester, subject: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const failure = failureOf(error);
      if (failure.reasons?.[0] === 'forbidden') await this.auditor.note(requester, { action: 'read', subject, ...failure });
      throw error;
    }
  }
}

function setFacts(set: OfferSet): Omit<Done, 'action'> {
  const reasons = set.result === 'NO' ? set.messages.slice(0, mostReasons).map((one) => reasonText(one).slice(0, 300)) : [];
  return { subject: set.id, outcome: set.result === 'NO' ? 'no' : 'done', facts: { offers: set.offers.length }, ...(reasons.length > 0 ? { reasons } : {}) };
}
