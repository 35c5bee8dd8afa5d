/** Tokens for slurmrestd: HS256 over the site's key, or as the site hands them out. Values are never logged, only who they are for. */
import { createHash, createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock, Instant, Milliseconds } from '#model';
import { BrokerError, formatInstant, reason } from '#model';
import type { PlatformHost } from '#plugin-sdk';
import type { Commands } from '#platforms/batch';

/** Where tokens come from: a key to make them for anybody, a file that somebody else renews, a command that prints one. */
export type TokenSource =
  | { readonly kind: 'key'; readonly file: string; readonly lifetime: Milliseconds }
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'command'; readonly argv: readonly string[] };

/** `mark` tells one token from another without showing it: it stands in the log beside what was done with it. */
export interface Token { readonly value: string; readonly user: string; readonly expires: Instant | undefined; readonly mark: string }

/** A token is renewed when less of its life is left. */
const margin: Milliseconds = 60_000;

export class Tokens {
  private readonly known = new Map<string, Promise<Token>>();

  constructor(private readonly source: TokenSource, private readonly commands: Commands, private readonly host: Pick<PlatformHost, 'clock' | 'log'>) {}

  /** A token that lasts for the next call. */
  async for(user: string): Promise<Token> {
    const known = await this.known.get(user)?.catch(() => undefined);
    if (known !== undefined && !isEnding(known, this.host.clock)) return known;
    return this.renew(user);
  }

  /** A new one, whatever is known: after a refusal. */
  async renew(user: string): Promise<Token> {
    const making = this.make(user);
    this.known.set(user, making);
    const token = await making;
    this.host.log.info('a token for slurmrestd is used from now on', { user, token: token.mark, until: token.expires === undefined ? 'unknown' : formatInstant(token.expires) });
    return token;
  }

  private async make(user: string): Promise<Token> {
    const { source, host: { clock } } = this;
    const value = source.kind === 'key' ? mint(await contentsOf(source.file), { user, now: clock.now(), lifetime: source.lifetime })
      : source.kind === 'file' ? bare((await contentsOf(source.file)).toString('utf8')) : await this.printed(source.argv);
    const { sun = user, exp } = claimsOf(value);
    if (sun !== user) throw unusable(`it is for ${sun}, not for ${user}`);
    const expires = exp === undefined ? undefined : exp * 1000;
    if (expires !== undefined && expires <= clock.now()) throw unusable('it has expired; renew it');
    return { value, user, expires, mark: createHash('sha256').update(value).digest('hex').slice(0, 8) };
  }

  private async printed(argv: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.commands.answer(argv);
    if (code !== 0) throw unusable(`the command that makes it failed: ${stderr.trim().slice(0, 200)}`);
    return bare(stdout);
  }
}

/** As `scontrol token` makes it. */
export function mint(key: Uint8Array, { user, now, lifetime }: { readonly user: string; readonly now: Instant; readonly lifetime: Milliseconds }): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const issued = Math.floor(now / 1000);
  const said = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ exp: issued + Math.floor(lifetime / 1000), iat: issued, sun: user })}`;
  return `${said}.${createHmac('sha256', key).update(said).digest('base64url')}`;
}

/** Without the name that `scontrol token` writes before it. */
function bare(text: string): string {
  return text.trim().replace(/^SLURM_JWT=/, '');
}

function isEnding({ expires }: Token, clock: Clock): boolean {
  return expires !== undefined && expires - clock.now() < margin;
}

/** What the token says of itself; nothing where it can't be read: slurmrestd will judge it. */
function claimsOf(token: string): { readonly sun?: string; readonly exp?: number } {
  const [, payload = ''] = token.split('.');
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { sun?: unknown; exp?: unknown };
    return { ...(typeof claims.sun === 'string' ? { sun: claims.sun } : {}), ...(typeof claims.exp === 'number' ? { exp: claims.exp } : {}) };
  } catch {
    // Sites may use tokens of another form, signed by their own identity provider.
    return {};
  }
}

async function contentsOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw unusable(`the file it comes from can't be read: ${String(cause)}`);
  }
}

function unusable(why: string): BrokerError {
  return new BrokerError('unavailable', 'operator', [reason('token-unusable', "the token for slurmrestd can't be used: {why}", { why }, { level: 'ERROR' })]);
}
