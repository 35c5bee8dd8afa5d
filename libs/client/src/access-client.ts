/** Who one is at a broker, one's tokens, the audit record, and draining: own additions, so other servers answer 404. */
import { asFields, readDocument } from './read-answer.js';
import type { Call, Transport } from './transport.js';

export interface WireLoginClient {
  readonly issuer: string; readonly client_id: string; readonly scope: string;
  readonly resource?: string; readonly audience?: string; readonly exchange_for?: string;
}
/** RFC 9728. */
export interface WireResourceMetadata { readonly authorization_servers: readonly string[]; readonly login_clients: readonly WireLoginClient[] }
export interface WireIdentity {
  readonly id: string; readonly name: string; readonly realm: string; readonly roles: readonly string[]; readonly groups: readonly string[];
  readonly scopes?: readonly string[]; readonly credential: string;
}
export interface WireAccessToken {
  readonly id: string; readonly name: string; readonly created: string; readonly expires: string; readonly lastUsed?: string;
  readonly scopes?: readonly string[]; readonly roles: readonly string[];
}
export interface NewAccessToken { readonly name: string; readonly lifetime?: string; readonly scopes?: readonly string[]; readonly roles?: readonly string[] }
export interface WireAuditEntry {
  readonly number: number; readonly at: string; readonly action: string; readonly who: string; readonly subject?: string; readonly outcome: string;
  readonly origin: { readonly address: string; readonly credential: string; readonly through?: string }; readonly reasons?: readonly string[]; readonly hash: string;
}
export interface WireAuditVerdict {
  readonly sound: boolean; readonly entries: number; readonly head: { readonly number: number; readonly hash: string };
  readonly pruned?: { readonly number: number; readonly hash: string; readonly at: string };
  readonly noted?: 'found' | 'pruned';
  readonly fault?: { readonly number: number; readonly what: string };
}
export interface WireKeptStorage {
  readonly id: string; readonly owner: string; readonly name: string; readonly platform: string; readonly size: number; readonly state: string;
  readonly session: string; readonly created: string; readonly until: string;
}
export interface WireDrain { readonly drained: boolean; readonly since?: string; readonly by?: string; readonly note?: string }

type Query = Readonly<Record<string, string | undefined>>;

export class AccessClient {
  constructor(private readonly transport: Transport) {}

  async whereToLogIn(): Promise<WireResourceMetadata> {
    const { authorization_servers: servers, login_clients: clients } = asFields(await this.get('/.well-known/oauth-protected-resource', 'where to log in'), 'metadata') as Partial<WireResourceMetadata>;
    return { authorization_servers: servers ?? [], login_clients: clients ?? [] };
  }

  async whoAmI(): Promise<WireIdentity> {
    return asFields(await this.get('/whoami', 'who you are'), 'an identity') as unknown as WireIdentity;
  }

  async tokens(): Promise<readonly WireAccessToken[]> {
    const { tokens } = asFields(await this.get('/tokens', 'tokens'), 'a list of tokens') as { tokens?: readonly WireAccessToken[] };
    return tokens ?? [];
  }

  /** The token itself is in this answer and nowhere else. */
  async createToken(token: NewAccessToken): Promise<WireAccessToken & { readonly token: string }> {
    return (await this.send({ method: 'POST', path: '/tokens', body: token }, 'token')) as WireAccessToken & { readonly token: string };
  }

  async revokeToken(id: string): Promise<void> {
    await this.transport.demand({ method: 'DELETE', path: `/tokens/${encodeURIComponent(id)}` }, `token ${id}`);
  }

  async audit(query: Query): Promise<readonly WireAuditEntry[]> {
    const { entries } = asFields(await this.get(`/admin/audit${asQuery(query)}`, 'audit record'), 'a list of entries') as { entries?: readonly WireAuditEntry[] };
    return entries ?? [];
  }

  /** Every entry that fits as JSON lines, in pieces of text. */
  async* auditLines(query: Query): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    for await (const piece of this.transport.stream({ method: 'GET', path: `/admin/audit${asQuery(query)}`, accept: 'application/x-ndjson' }, 'audit record')) yield decoder.decode(piece, { stream: true });
  }

  async verifyAudit(noted: { readonly number?: string; readonly hash?: string }): Promise<WireAuditVerdict> {
    return asFields(await this.get(`/admin/audit/verification${asQuery(noted)}`, 'audit record'), 'a verdict') as unknown as WireAuditVerdict;
  }

  /** One's own kept storage; `all`: everybody's, for staff. */
  async keptStorage(all = false): Promise<readonly WireKeptStorage[]> {
    const { storage } = asFields(await this.get(all ? '/admin/storage' : '/storage', 'kept storage'), 'a list of storage') as { storage?: readonly WireKeptStorage[] };
    return storage ?? [];
  }

  async removeKeptStorage(name: string): Promise<void> {
    await this.transport.demand({ method: 'DELETE', path: `/storage/${encodeURIComponent(name)}` }, `kept storage ${name}`);
  }

  /** Anybody's, by its identifier. */
  async removeSiteStorage(id: string): Promise<void> {
    await this.transport.demand({ method: 'DELETE', path: `/admin/storage/${encodeURIComponent(id)}` }, `kept storage ${id}`);
  }

  async drainState(): Promise<WireDrain> {
    return asFields(await this.get('/admin/drain', 'drain'), 'a state') as unknown as WireDrain;
  }

  async drain(note?: string): Promise<WireDrain> {
    return (await this.send({ method: 'PUT', path: '/admin/drain', body: note === undefined ? {} : { note } }, 'drain')) as WireDrain;
  }

  async resume(): Promise<void> {
    await this.transport.demand({ method: 'DELETE', path: '/admin/drain' }, 'drain');
  }

  private async get(path: string, what: string): Promise<unknown> {
    return readDocument(await this.transport.demand({ method: 'GET', path }, what), what);
  }

  private async send(call: Call, what: string): Promise<unknown> {
    return asFields(readDocument(await this.transport.demand(call, what), what), what);
  }
}

function asQuery(query: Query): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}
