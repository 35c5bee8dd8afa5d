/** The port behind a door: roles and scopes decide what may be called at all. Whose session it is, the broker itself looks at. */
import { BrokerError, hasScope, isAdmin, reason } from '#model';
import type {
  CapacityReport, Digest, ExecutionBroker, ExecutionRequest, Explanation, Interval, OfferSet, OfferSetId, Passage, Requester, Scope, Session, SessionEvent, SessionId, SessionQuery, Update,
} from '#model';
import { insufficientScope } from './refused.js';

export class ScopedBroker implements ExecutionBroker {
  constructor(private readonly inner: ExecutionBroker) {}

  async ask(request: ExecutionRequest, requester: Requester, passage?: Passage): Promise<OfferSet> {
    requireUser(requester, 'compute.create');
    return this.inner.ask(request, requester, passage);
  }

  async direct(request: ExecutionRequest, requester: Requester): Promise<Session | OfferSet> {
    requireUser(requester, 'compute.create');
    return this.inner.direct(request, requester);
  }

  async offerSet(id: OfferSetId, requester: Requester): Promise<OfferSet> {
    requireScope(requester, 'compute.read');
    return this.inner.offerSet(id, requester);
  }

  async explanation(id: OfferSetId, requester: Requester): Promise<Explanation> {
    requireScope(requester, 'compute.read');
    return this.inner.explanation(id, requester);
  }

  async session(id: SessionId, requester: Requester): Promise<Session> {
    requireScope(requester, 'compute.read');
    return this.inner.session(id, requester);
  }

  async sessions(query: SessionQuery, requester: Requester): Promise<readonly Session[]> {
    requireScope(requester, 'compute.read');
    return this.inner.sessions(query, requester);
  }

  async update(id: SessionId, update: Update, requester: Requester): Promise<Session> {
    requireUser(requester, scopeOf(update));
    return this.inner.update(id, update, requester);
  }

  async events(id: SessionId, after: number, requester: Requester, signal: AbortSignal): Promise<AsyncIterable<SessionEvent>> {
    requireScope(requester, 'compute.read');
    return this.inner.events(id, after, requester, signal);
  }

  async logs(id: SessionId, follow: boolean, requester: Requester, signal: AbortSignal): Promise<AsyncIterable<string>> {
    requireScope(requester, 'compute.read');
    return this.inner.logs(id, follow, requester, signal);
  }

  async capacity(window: Interval, requester: Requester): Promise<CapacityReport> {
    requireScope(requester, 'compute.read');
    return this.inner.capacity(window, requester);
  }

  async digest(requester: Requester): Promise<Digest> {
    requireScope(requester, 'compute.read');
    return this.inner.digest(requester);
  }
}

/** Accepting and rejecting complete a request, so they need what the request needed. */
function scopeOf(update: Update): Scope {
  if (update.path !== 'phase' || !('value' in update)) return 'compute.modify';
  return update.value === 'CANCELLED' ? 'compute.cancel' : 'compute.create';
}

/** Operators and auditors as such run nothing. */
function requireUser(requester: Requester, scope: Scope): void {
  if (!isAdmin(requester) && !requester.roles.includes('user')) throw new BrokerError('forbidden', 'operator', [reason('forbidden', 'Your roles ({roles}) run no sessions', { roles: requester.roles.join(', ') })]);
  requireScope(requester, scope);
}

function requireScope(requester: Requester, scope: Scope): void {
  if (!hasScope(requester, scope)) throw insufficientScope(scope);
}
