/** Who the members are now, said by several sources: the configuration file first, then administrators, then registers. */
import type { Member } from './member.js';

/** `configuration`, `administration`, or the URL of a register. */
export type MemberSource = string;

export interface KnownMember {
  readonly member: Member;
  readonly source: MemberSource;
  /** Asked no more; its sessions go on. */
  readonly isDraining: boolean;
}

export class MemberBook {
  private readonly said = new Map<MemberSource, readonly Member[]>();
  private draining: ReadonlySet<string> = new Set();
  private current: readonly KnownMember[] = [];
  private byName: ReadonlyMap<string, Member> = new Map();
  /** Named by nobody any more; kept for the sessions that run there, as long as this process does. */
  private readonly former = new Map<string, Member>();

  /** `sources`: in order of precedence. A name that two of them use belongs to the first. */
  constructor(private readonly sources: readonly MemberSource[]) {}

  /** Exchanges what a source says. */
  set(source: MemberSource, members: readonly Member[]): void {
    if (!this.sources.includes(source)) throw new RangeError(`'${source}' is no source of members`);
    this.said.set(source, members);
    this.arrange();
  }

  /** Exchanges the names of members that are not asked. */
  setDraining(names: Iterable<string>): void {
    this.draining = new Set(names);
    this.arrange();
  }

  get known(): readonly KnownMember[] {
    return this.current;
  }

  /** Those that new requests go to. */
  get asked(): readonly Member[] {
    return this.current.flatMap((one) => (one.isDraining ? [] : [one.member]));
  }

  /** Also a member that is draining, or that was taken out while its sessions run. */
  find(name: string): Member | undefined {
    return this.byName.get(name) ?? this.former.get(name);
  }

  private arrange(): void {
    const next = new Map<string, KnownMember>();
    for (const source of this.sources) {
      for (const member of this.said.get(source) ?? []) {
        if (!next.has(member.name)) next.set(member.name, { member, source, isDraining: this.draining.has(member.name) });
      }
    }
    for (const { member } of this.current) if (!next.has(member.name)) this.former.set(member.name, member);
    for (const name of next.keys()) this.former.delete(name);
    this.current = [...next.values()];
    this.byName = new Map(this.current.map(({ member }) => [member.name, member]));
  }
}
