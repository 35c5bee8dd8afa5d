/** What we know of what each member can do: its digest, fetched now and then, or that it has none. */
import { ClientError } from '#client';
import type { Clock, Instant, Log, Milliseconds } from '#model';
import type { Member } from '../members/member.js';
import type { MemberConnection } from '../calling/member-connection.js';
import type { KnownMember } from '../members/member-book.js';
import { kindsIn } from './kinds-in.js';
import { readDigest } from './read-digest.js';
import type { MemberDigest } from './read-digest.js';

interface Known {
  readonly read: Instant;
  readonly url: string;
  readonly tag?: string | undefined;
  readonly digest?: MemberDigest | undefined;
  readonly kinds?: readonly string[] | undefined;
  /** It has no digest: it is not asked for one again before this. */
  readonly lacksUntil?: Instant | undefined;
}

/** A digest that is older says nothing: its member may have changed. */
const goodFor: Milliseconds = 300_000;
const lackFor: Milliseconds = 600_000;
const mostAtOnce = 32;

export interface KnowledgeParts {
  readonly members: { readonly known: readonly KnownMember[] };
  readonly clock: Clock;
  readonly log: Log;
  connect(member: Member): Pick<MemberConnection, 'get' | 'getIfChanged'>;
}

export class Knowledge {
  private readonly known = new Map<string, Known>();

  constructor(private readonly parts: KnowledgeParts) {}

  /** Undefined: nothing is known of it now, and it must be asked. */
  digestOf(member: Member): MemberDigest | undefined {
    const known = this.known.get(member.name);
    return known?.url === member.url && known.read + goodFor > this.parts.clock.now() ? known.digest : undefined;
  }

  /** What it runs, where it says so. */
  kindsOf(name: string): readonly string[] | undefined {
    return this.known.get(name)?.kinds;
  }

  /** One look at every member, some at a time. */
  async look(): Promise<void> {
    const members = this.parts.members.known.map(({ member }) => member);
    const names = new Set(members.map(({ name }) => name));
    for (const name of this.known.keys()) if (!names.has(name)) this.known.delete(name);
    const queue = [...members];
    const worker = async (): Promise<void> => {
      for (let member = queue.shift(); member; member = queue.shift()) await this.lookAt(member);
    };
    await Promise.all(Array.from({ length: Math.min(mostAtOnce, queue.length) }, worker));
  }

  /** Never throws: a member that says nothing now is known by what it said before, until that is too old. */
  private async lookAt(member: Member): Promise<void> {
    const before = this.of(member);
    if ((before?.lacksUntil ?? 0) > this.parts.clock.now()) return;
    try {
      this.known.set(member.name, await this.read(member, before));
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.parts.log.debug('a digest could not be read', { member: member.name, error: error.message });
    }
  }

  private of({ name, url }: Member): Known | undefined {
    const known = this.known.get(name);
    return known?.url === url ? known : undefined;
  }

  private async read(member: Member, before: Known | undefined): Promise<Known> {
    const connection = this.parts.connect(member);
    const now = this.parts.clock.now();
    try {
      const answer = await connection.getIfChanged('/digest', before?.tag);
      if (answer === undefined && before) return { ...before, read: now };
      const digest = readDigest(answer?.document, now);
      return { read: now, url: member.url, tag: answer?.tag, digest, kinds: [...digest.executables] };
    } catch (error) {
      if (!hasNone(error)) throw error;
      return { read: now, url: member.url, lacksUntil: now + lackFor, kinds: kindsIn(await connection.get('/capabilities.json')) };
    }
  }
}

/** It answered, and not with a digest: it speaks plain v1.0, or shows it to others only. */
function hasNone(error: unknown): boolean {
  return error instanceof ClientError && error.fault !== 'unreachable' && (error.status ?? 500) < 500;
}
