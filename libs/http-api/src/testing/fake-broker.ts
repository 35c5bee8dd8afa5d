/** An ExecutionBroker in memory for the specs of this library: it books nothing and runs nothing, it only answers and remembers. */
import { BrokerError, offerSetIdFrom, reason, sessionIdOf } from '#model';
import type { CapacityReport, Digest, ExecutionBroker, ExecutionRequest, Explanation, OfferSet, Requester, Session, SessionEvent, Update } from '#model';
import { aSession } from './a-session.js';

export class FakeBroker implements ExecutionBroker {
  readonly asked: ExecutionRequest[] = [];
  readonly updates: Update[] = [];
  readonly sets = new Map<string, OfferSet>();
  readonly kept = new Map<string, Session>();
  /** What `events` and `logs` give; a spec may put its own. */
  source: (signal: AbortSignal) => AsyncIterable<SessionEvent> = async function* () { /* nothing happened */ };
  output: (signal: AbortSignal) => AsyncIterable<string> = async function* () { /* nothing was written */ };
  /** Set: thrown by every method. */
  failure: unknown;
  lastAfter = -1;

  ask(request: ExecutionRequest, requester: Requester): Promise<OfferSet> {
    return this.answer(() => {
      this.asked.push(request);
      const id = offerSetIdFrom(`${String(this.asked.length).padStart(8, '0')}-0000-4000-8000-000000000000`);
      const known = request.executable?.kind !== undefined && request.executable.kind !== 'urn:unknown';
      const offer = aSession({ id: sessionIdOf(id, 0), offerSet: id, owner: requester.id, ...(request.executable && { executable: request.executable }), ...(request.name !== undefined && { name: request.name }) });
      const set: OfferSet = {
        id, owner: requester.id, created: 1e12, modified: 1e12, ...(request.name !== undefined && { name: request.name }),
        ...(known ? { result: 'YES', offers: [offer], messages: [] } : { result: 'NO', offers: [], messages: [{ ...reason('unknown-kind', 'No such executable', {}, { path: 'executable.kind' }), time: 1e12 }] }),
      };
      this.sets.set(id, set);
      for (const each of set.offers) this.kept.set(each.id, each);
      return set;
    });
  }

  async direct(request: ExecutionRequest, requester: Requester): Promise<Session | OfferSet> {
    const set = await this.ask(request, requester);
    const offer = set.offers[0];
    return offer ? { ...offer, phase: 'ACCEPTED' } : set;
  }

  offerSet(id: string): Promise<OfferSet> {
    return this.answer(() => this.sets.get(id) ?? nothing());
  }

  explanation(id: string): Promise<Explanation> {
    return this.answer(() => {
      const { id: set, owner, created, result } = this.sets.get(id) ?? nothing();
      return { set, owner, created, result, steps: [{ step: 'request', about: 'the request', verdict: 'yes', reasons: [], facts: {} }], left: 0 };
    });
  }

  session(id: string): Promise<Session> {
    return this.answer(() => this.kept.get(id) ?? nothing());
  }

  sessions(): Promise<readonly Session[]> {
    return this.answer(() => [...this.kept.values()]);
  }

  update(id: string, update: Update): Promise<Session> {
    return this.answer(() => {
      const session = this.kept.get(id) ?? nothing();
      this.updates.push(update);
      if (!('value' in update) || update.value !== 'ACCEPTED' || session.phase !== 'OFFERED') {
        throw new BrokerError('conflict', 'caller', [reason('not-now', 'Not possible in phase {phase}', { phase: session.phase })], { session });
      }
      const accepted: Session = { ...session, phase: 'ACCEPTED' };
      this.kept.set(id, accepted);
      return accepted;
    });
  }

  events(id: string, after: number, _requester: Requester, signal: AbortSignal): Promise<AsyncIterable<SessionEvent>> {
    this.lastAfter = after;
    return this.answer(() => (this.kept.has(id) ? this.source(signal) : nothing()));
  }

  logs(id: string, _follow: boolean, _requester: Requester, signal: AbortSignal): Promise<AsyncIterable<string>> {
    return this.answer(() => (this.kept.has(id) ? this.output(signal) : nothing()));
  }

  capacity(window: { start: number; end: number }): Promise<CapacityReport> {
    return this.answer(() => ({ window, step: 3_600_000, pools: [] }));
  }

  digest(): Promise<Digest> {
    return this.answer(() => ({ kinds: { executable: [], storage: [] }, longest: 3_600_000, window: { start: 0, end: 3_600_000 }, step: 3_600_000, free: { cores: [4] }, isComplete: true }));
  }

  private async answer<T>(give: () => T): Promise<T> {
    if (this.failure !== undefined) throw this.failure as Error;
    return Promise.resolve(give());
  }
}

function nothing(): never {
  throw new BrokerError('not-found', 'caller', [reason('not-found', 'There is no such thing here')]);
}
