/** Tokens of requesters, for as long as they are good and in memory only: what goes on behind an answer is done in their name. */
import { decodeJwt } from 'jose';
import type { Clock, Instant, Milliseconds, RequesterId } from '#model';

interface Entry { readonly bearer: string; readonly until: Instant }

const mostKept = 10_000;
/** Of tokens that don't say. */
const keptFor: Milliseconds = 300_000;

export class BearerMemory {
  private readonly entries = new Map<RequesterId, Entry>();

  constructor(private readonly clock: Clock) {}

  /** Called with a token that was verified already. */
  remember(owner: RequesterId, bearer: string): void {
    this.entries.delete(owner);
    this.entries.set(owner, { bearer, until: expiryOf(bearer) ?? this.clock.now() + keptFor });
    const [oldest] = this.entries.keys();
    if (this.entries.size > mostKept && oldest !== undefined) this.entries.delete(oldest);
  }

  of(owner: RequesterId): string | undefined {
    const entry = this.entries.get(owner);
    if (entry && entry.until > this.clock.now()) return entry.bearer;
    this.entries.delete(owner);
    return undefined;
  }
}

/** Undefined for what is no JWT: opaque tokens are fine. */
function expiryOf(bearer: string): Instant | undefined {
  if (bearer.split('.').length !== 3) return undefined;
  try {
    const { exp } = decodeJwt(bearer);
    return exp === undefined ? undefined : exp * 1_000;
  } catch (error) {
    if (error instanceof TypeError || (error as { code?: string }).code === 'ERR_JWT_INVALID') return undefined;
    throw error;
  }
}
