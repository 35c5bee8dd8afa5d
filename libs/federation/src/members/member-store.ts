import type { Instant } from '#model';
import type { MemberDescription } from './member.js';
import type { DescribedMember } from './read-description.js';

/** What a register said last, in case it does not answer at the next start. */
export interface RegisterCopy { readonly url: string; readonly read: Instant; readonly members: readonly MemberDescription[] }

/** Port of the database: what is decided while the aggregator runs, shared by its replicas. */
export interface MemberStore {
  /** Members that administrators added. */
  added(): Promise<readonly DescribedMember[]>;
  /** False when there is one of the name already. */
  add(member: DescribedMember): Promise<boolean>;
  remove(name: string): Promise<boolean>;
  draining(): Promise<readonly string[]>;
  setDraining(name: string, isDraining: boolean): Promise<void>;
  registerCopy(url: string): Promise<RegisterCopy | undefined>;
  keepRegister(copy: RegisterCopy): Promise<void>;
  /** How many sessions that were accepted at a member have not ended, by its name, as far as was seen. */
  liveSessions(): Promise<ReadonlyMap<string, number>>;
}
