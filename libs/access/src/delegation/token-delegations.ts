/** Tokens of requesters for services that their data comes from: exchanged when they ask, kept sealed while their sessions live. */
import { createHash, randomUUID } from 'node:crypto';
import { BrokerError, reason } from '#model';
import type { Clock, CredentialStore, CredentialUse, Delegations, Log, Milliseconds, Requester, SealedCredential, SessionId } from '#model';
import type { Seal } from './seal.js';
import type { Grant, TokenService } from './token-service.js';

export interface DelegationParts {
  /** By name; `realm`: of the people whose tokens it exchanges. */
  readonly services: ReadonlyMap<string, { readonly realm: string; readonly tokens: Pick<TokenService, 'exchange' | 'renew'> }>;
  readonly seal: Seal;
  readonly store: CredentialStore;
  readonly clock: Clock;
  readonly log: Log;
  /** The token that a requester came with. */
  tokenOf(requester: Requester): string | undefined;
  /** Into the audit record. */
  recordUse(service: string, use: CredentialUse): Promise<void>;
}

/** So much earlier than it expires a token is not used any more. */
const spare: Milliseconds = 30_000;
const mostKnown = 1_000;
/** An acceptance takes less; what is older and has no session was left by one that came to nothing. */
const longestAcceptance: Milliseconds = 3_600_000;

export class TokenDelegations implements Delegations {
  /** Of look-ups, by service and hash of the requester's token. */
  private readonly known = new Map<string, Grant>();
  private sweptAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: DelegationParts) {}

  async tokenFor(service: string, requester: Requester): Promise<string> {
    const bearer = this.bearerOf(service, requester);
    const key = `${service} ${createHash('sha256').update(bearer).digest('base64url')}`;
    const before = this.known.get(key);
    if (before && before.until - spare > this.parts.clock.now()) return before.access;
    const grant = await this.asked(service, (tokens) => tokens.exchange(bearer));
    this.known.delete(key);
    this.known.set(key, grant);
    const oldest = this.known.keys().next();
    if (this.known.size > mostKnown && !oldest.done) this.known.delete(oldest.value);
    return grant.access;
  }

  async keep(service: string, session: SessionId, requester: Requester): Promise<string> {
    const bearer = this.bearerOf(service, requester);
    await this.sweep();
    // Never one that another session has: renewing it there may end it here.
    const grant = await this.asked(service, (tokens) => tokens.exchange(bearer));
    const handle = randomUUID();
    await this.put({ handle, session, service }, grant);
    await this.record(service, session, { handle, what: 'kept for the session' });
    return handle;
  }

  async open(handle: string): Promise<string> {
    const kept = await this.parts.store.find(handle);
    const text = kept && this.parts.seal.open(kept, aboutOf(kept));
    if (!kept) throw gone('the session is over, or it was never kept', 'caller');
    if (text === undefined) throw gone('no key of access.delegate.keys opens it', 'operator');
    const grant = await this.fresh(kept, JSON.parse(text) as Grant);
    await this.record(kept.service, kept.session, { handle, what: 'used to bring data' });
    return grant.access;
  }

  async erase(session: SessionId): Promise<void> {
    const count = await this.parts.store.removeOf(session);
    if (count > 0) await this.record('data', session, { handle: `${count}`, what: 'erased' });
  }

  private bearerOf(service: string, requester: Requester): string {
    const known = this.parts.services.get(service);
    const bearer = known && requester.realm === known.realm ? this.parts.tokenOf(requester) : undefined;
    if (bearer !== undefined) return bearer;
    const realm = known?.realm ?? '';
    throw new BrokerError('forbidden', 'caller', [reason('credential-needed', "this data is fetched with a token for '{service}', which is had in exchange for one of realm '{realm}'; log in there and send its bearer token", { service, realm }, { path: 'location' })]);
  }

  /** Renewed where it is over; what cannot be is told to its owner. */
  private async fresh(kept: SealedCredential, grant: Grant): Promise<Grant> {
    if (grant.until - spare > this.parts.clock.now()) return grant;
    const { refresh } = grant;
    if (refresh === undefined) throw gone('its token is over and cannot be renewed; ask for a sooner start, or ask the operator for scope offline_access', 'caller');
    const renewed = await this.asked(kept.service, (tokens) => tokens.renew(refresh));
    await this.put(kept, renewed);
    return renewed;
  }

  private async asked(service: string, ask: (tokens: Pick<TokenService, 'exchange' | 'renew'>) => Promise<Grant>): Promise<Grant> {
    const known = this.parts.services.get(service);
    if (!known) throw gone(`access.delegate.services has no '${service}'`, 'operator');
    try {
      return await ask(known.tokens);
    } catch (cause) {
      this.parts.log.warn('no token could be had for a service', { service, error: cause instanceof Error ? cause.message : 'unknown' });
      throw new BrokerError('unavailable', 'time', [reason('credential-refused', "no token for '{service}' can be had now", { service }, { path: 'location' })]);
    }
  }

  private async put(about: Pick<SealedCredential, 'handle' | 'session' | 'service'>, grant: Grant): Promise<void> {
    const { handle, session, service } = about;
    await this.parts.store.put({ handle, session, service, created: this.parts.clock.now(), ...this.parts.seal.close(JSON.stringify(grant), aboutOf(about)) });
  }

  private async sweep(): Promise<void> {
    const now = this.parts.clock.now();
    if (now - this.sweptAt < longestAcceptance) return;
    this.sweptAt = now;
    await this.parts.store.removeOrphans(now - longestAcceptance);
  }

  private record(service: string, session: SessionId, { handle, what }: { readonly handle: string; readonly what: string }): Promise<void> {
    return this.parts.recordUse(service, { session, account: 'owner', mark: handle, what });
  }
}

function aboutOf({ handle, session, service }: Pick<SealedCredential, 'handle' | 'session' | 'service'>): string {
  return `${handle} ${session} ${service}`;
}

function gone(why: string, fixer: 'caller' | 'operator'): BrokerError {
  return new BrokerError('unavailable', fixer, [reason('credential-gone', 'the credential for this data cannot be used: {why}', { why }, { path: 'location', level: 'ERROR' })]);
}
