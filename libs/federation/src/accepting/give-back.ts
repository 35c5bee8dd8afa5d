/** Offers that nobody wants go back to their members, behind the answers that they were for. */
import { ClientError } from '#client';
import type { Ground } from '../ground.js';
import type { Actor, Member } from '../members/member.js';

export interface Unwanted { readonly member: string; readonly uuids: readonly string[] }

/** A thousand calls that begin at once would hold up the answer that they come after, and those of others. */
const handful = 32;

/** Tells a member that these offers are not wanted. What it no longer knows, or has decided, is as good. */
export async function giveBack(ground: Ground, { member, actor }: { readonly member: Member; readonly actor: Actor }, uuids: readonly string[]): Promise<void> {
  const connection = ground.connect(member, actor);
  const queue = [...uuids];
  const worker = async (): Promise<void> => {
    for (let uuid = queue.shift(); uuid !== undefined; uuid = queue.shift()) {
      try {
        await connection.reject(uuid);
      } catch (error) {
        if (!(error instanceof ClientError && error.fault === 'refused' && (error.status ?? 500) < 500)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(handful, queue.length) }, worker));
}

/** Begins a handful at a time, and not before what is ready now has been sent. Faults are logged. */
export async function giveBackAll(ground: Ground, actor: Actor, all: readonly Unwanted[]): Promise<void> {
  for (let from = 0; from < all.length; from += handful) {
    await ground.parts.clock.sleep(0);
    for (const { member, uuids } of all.slice(from, from + handful)) {
      ground.later(`offers of ${member} that are not shown`, Promise.resolve().then(() => giveBack(ground, { member: ground.member(member), actor }, uuids)));
    }
  }
}
