import type { Clock, ExecutionRequest, SessionPhase } from '#model';
import { AccessClient } from './access-client.js';
import { ClientError, refusedCall } from './client-error.js';
import { followLog } from './follow-log.js';
import type { LogOptions } from './follow-log.js';
import { followSession } from './follow-session.js';
import type { FollowOptions } from './follow-session.js';
import { asFields, asOfferSet, asSession, isSession, readDocument, uuidOfLocation } from './read-answer.js';
import { Transport } from './transport.js';
import type { Answer, TransportOptions } from './transport.js';
import type {
  NewAccount, NewCalendarEntry, NewMember, WireAccount, WireCalendarEntry, WireCapacity, WireEvent, WireExplanation, WireMember, WireMemberTest, WireOfferSet, WirePolicyTrial, WireSession,
} from './wire.js';

export interface ClientOptions extends TransportOptions { readonly clock: Clock }

export interface SessionList { readonly phases?: readonly SessionPhase[]; readonly limit?: number; readonly before?: string }

/** Where a broker listens when nobody says otherwise. */
export const defaultUrl = 'http://127.0.0.1:8642';

/** A change that v1.0 knows: kind, path and value as they are sent. */
export type WireUpdate =
  | { readonly kind: 'uri:enum-value-update' | 'uri:string-value-update'; readonly path: string; readonly value: string }
  | { readonly kind: 'uri:integer-value-update'; readonly path: string; readonly value: number; readonly units?: string }
  | { readonly kind: 'uri:integer-delta-update'; readonly path: string; readonly delta: number; readonly units?: string };

/** One broker over HTTP. Identifiers are UUIDs. Every method throws ClientError; a NO is an answer. */
export class BrokerClient {
  private readonly transport: Transport;
  /** Identity, tokens and audit. */
  readonly access: AccessClient;

  constructor(private readonly options: ClientOptions) {
    this.transport = new Transport(options);
    this.access = new AccessClient(this.transport);
  }

  get url(): string {
    return this.transport.url;
  }

  /** Not idempotent: each call makes a new offer set with holds of its own, so it is sent once only. */
  async ask(request: ExecutionRequest): Promise<WireOfferSet> {
    const answer = await this.transport.demand({ method: 'POST', path: '/requests', body: request }, 'request');
    const document = readDocument(answer, 'request');
    // A redirect of a foreign server may carry a page for people instead of the set.
    if (typeof document === 'object' && document !== null && 'result' in document) return asOfferSet(document);
    return this.offerSet(locationOf(answer, 'request'));
  }

  /** Asks and runs at once. A refusal comes as an offer set with NO, or as a session that FAILED; both carry the reasons. */
  async direct(request: ExecutionRequest): Promise<WireSession | WireOfferSet> {
    const answer = await this.transport.exchange({ method: 'POST', path: '/direct', body: request });
    const document = answer.text.startsWith('<') ? undefined : readDocument(answer, 'direct');
    if (isSession(document)) return asSession(document);
    if (answer.status >= 400) throw refusedCall(answer.status, answer.text, 'direct');
    if (document !== undefined) return asOfferSet(document);
    const uuid = locationOf(answer, 'direct');
    return answer.location?.includes('/offersets/') === true ? this.offerSet(uuid) : this.session(uuid);
  }

  async offerSet(uuid: string): Promise<WireOfferSet> {
    return asOfferSet(await this.get(`/offersets/${segment(uuid)}`, `offer set ${uuid}`));
  }

  /** How the answer came about; own addition, so other servers answer 404. */
  async explanation(uuid: string): Promise<WireExplanation> {
    return asFields(await this.get(`/offersets/${segment(uuid)}/explanation`, `explanation of ${uuid}`), 'an explanation') as unknown as WireExplanation;
  }

  /** `signal` ends the call. */
  async session(uuid: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<WireSession> {
    return asSession(await this.get(`/sessions/${segment(uuid)}`, `session ${uuid}`, signal));
  }

  /** The caller's own sessions, newest first; an admin's: all. Own addition. */
  async sessions(list: SessionList = {}): Promise<readonly WireSession[]> {
    const query = new URLSearchParams();
    if (list.phases !== undefined && list.phases.length > 0) query.set('phase', list.phases.join(','));
    if (list.limit !== undefined) query.set('limit', String(list.limit));
    if (list.before !== undefined) query.set('before', list.before);
    const document = asFields(await this.get(withQuery('/sessions', query), 'sessions'), 'a list of sessions');
    return Array.isArray(document['sessions']) ? document['sessions'].map(asSession) : [];
  }

  /** Applies an update. Refused ones throw with status 409 and the session as it is in `problem.session`. */
  async update(uuid: string, update: WireUpdate): Promise<WireSession> {
    const what = `session ${uuid}`;
    const answer = await this.transport.demand({ method: 'POST', path: `/sessions/${segment(uuid)}`, body: update }, what);
    const document = readDocument(answer, what);
    return document === undefined ? this.session(uuid) : asSession(document);
  }

  accept(uuid: string): Promise<WireSession> {
    return this.toPhase(uuid, 'ACCEPTED');
  }

  reject(uuid: string): Promise<WireSession> {
    return this.toPhase(uuid, 'REJECTED');
  }

  cancel(uuid: string): Promise<WireSession> {
    return this.toPhase(uuid, 'CANCELLED');
  }

  /** Reconnects where it left off; on a server without events it polls every 2 s. Ends with the session. */
  events(uuid: string, options: FollowOptions = {}): AsyncGenerator<WireEvent> {
    const { transport } = this;
    return followSession({ transport, clock: this.options.clock, uuid: segment(uuid), session: () => this.session(uuid, options) }, options);
  }

  /** The payload's output. With `follow`, until it ends. Own addition. */
  logs(uuid: string, options: LogOptions = {}): AsyncGenerator<string> {
    return followLog(this.transport, this.options.clock, segment(uuid), options);
  }

  /** `from` and `to` are ISO 8601 instants. Own addition. */
  async capacity(window: { readonly from?: string; readonly to?: string } = {}): Promise<WireCapacity> {
    const query = new URLSearchParams(window as Record<string, string>);
    return asFields(await this.get(withQuery('/capacity', query), 'capacity'), 'a capacity report') as unknown as WireCapacity;
  }

  /** Alive: it answers. Ready: it takes requests. */
  async health(): Promise<{ readonly ready: boolean; readonly checks: unknown }> {
    const answer = await this.transport.exchange({ method: 'GET', path: '/readyz' });
    return { ready: answer.status === 200, checks: answer.text.startsWith('{') ? readDocument(answer, 'health') : undefined };
  }

  async accounts(): Promise<readonly WireAccount[]> {
    const document = await this.get('/admin/accounts', 'accounts');
    const list = Array.isArray(document) ? document : asFields(document, 'a list of accounts')['accounts'];
    return Array.isArray(list) ? list as readonly WireAccount[] : [];
  }

  async addAccount(account: NewAccount): Promise<void> {
    await this.transport.demand({ method: 'POST', path: '/admin/accounts', body: account }, `account ${account.name}`);
  }

  async setPassword(name: string, password: string): Promise<void> {
    await this.transport.demand({ method: 'PUT', path: `/admin/accounts/${segment(name)}/password`, body: { password } }, `account ${name}`);
  }

  async removeAccount(name: string): Promise<void> {
    await this.transport.demand({ method: 'DELETE', path: `/admin/accounts/${segment(name)}` }, `account ${name}`);
  }

  /** What the policies in force would say to somebody; nothing is held. Admins and auditors only. */
  async tryPolicies(asked: { readonly as: string | object; readonly request: unknown }): Promise<WirePolicyTrial> {
    const answer = await this.transport.demand({ method: 'POST', path: '/admin/policies/try', body: asked }, 'policies');
    return asFields(readDocument(answer, 'policies'), 'a trial of policies') as unknown as WirePolicyTrial;
  }

  /** The site's changes of capacity; admins only. */
  async calendar(): Promise<readonly WireCalendarEntry[]> {
    const document = asFields(await this.get('/admin/calendar', 'calendar'), 'a list of calendar entries');
    return Array.isArray(document['entries']) ? document['entries'] as readonly WireCalendarEntry[] : [];
  }

  /** Refused ones throw with status 409 and a reason for each promise in the way. */
  async addCalendarEntry(entry: NewCalendarEntry, options: { readonly dry?: boolean } = {}): Promise<WireCalendarEntry> {
    const query = new URLSearchParams(options.dry === true ? { dry: 'true' } : {});
    const answer = await this.transport.demand({ method: 'POST', path: withQuery('/admin/calendar', query), body: entry }, 'calendar');
    return asFields(readDocument(answer, 'calendar'), 'a calendar entry') as unknown as WireCalendarEntry;
  }

  async removeCalendarEntry(id: string, options: { readonly dry?: boolean; readonly force?: boolean } = {}): Promise<void> {
    const query = new URLSearchParams({ ...(options.dry === true ? { dry: 'true' } : {}), ...(options.force === true ? { force: 'true' } : {}) });
    await this.transport.demand({ method: 'DELETE', path: withQuery(`/admin/calendar/${segment(id)}`, query) }, `calendar entry ${id}`);
  }

  /** Of an aggregator; for admins, operators and auditors. */
  async members(): Promise<readonly WireMember[]> {
    const document = asFields(await this.get('/admin/members', 'members'), 'a list of members');
    return Array.isArray(document['members']) ? document['members'] as readonly WireMember[] : [];
  }

  async addMember(member: NewMember): Promise<WireMember> {
    const what = `member ${member.name}`;
    const answer = await this.transport.demand({ method: 'POST', path: '/admin/members', body: member }, what);
    return asFields(readDocument(answer, what), 'a member') as unknown as WireMember;
  }

  /** Refused with status 409 while sessions run there, unless forced. */
  async removeMember(name: string, options: { readonly force?: boolean } = {}): Promise<void> {
    const query = new URLSearchParams(options.force === true ? { force: 'true' } : {});
    await this.transport.demand({ method: 'DELETE', path: withQuery(`/admin/members/${segment(name)}`, query) }, `member ${name}`);
  }

  /** A member that drains is asked no more; its sessions go on. */
  async drainMember(name: string, isDraining: boolean): Promise<void> {
    await this.transport.demand({ method: isDraining ? 'POST' : 'DELETE', path: `/admin/members/${segment(name)}/drain` }, `member ${name}`);
  }

  async testMember(name: string): Promise<WireMemberTest> {
    const what = `member ${name}`;
    const answer = await this.transport.demand({ method: 'POST', path: `/admin/members/${segment(name)}/test` }, what);
    return asFields(readDocument(answer, what), 'a test of a member') as unknown as WireMemberTest;
  }

  private toPhase(uuid: string, value: SessionPhase): Promise<WireSession> {
    return this.update(uuid, { kind: 'uri:enum-value-update', path: 'phase', value });
  }

  private async get(path: string, what: string, signal?: AbortSignal): Promise<unknown> {
    return readDocument(await this.transport.demand({ method: 'GET', path, ...(signal ? { signal } : {}) }, what), what);
  }
}

function segment(text: string): string {
  return encodeURIComponent(text);
}

function withQuery(path: string, query: URLSearchParams): string {
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

/** Only the identifier of a Location counts: a broker behind a proxy may not know its own address. */
function locationOf(answer: Answer, what: string): string {
  const uuid = uuidOfLocation(answer.location ?? '');
  if (uuid === '') throw new ClientError('unreadable', `${what}: the broker sent neither a document nor a Location`, { status: answer.status });
  return uuid;
}
