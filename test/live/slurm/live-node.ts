/** A whole node on the bed, whose sessions run as alice. */
import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { formatInstant, kinds } from '#model';
import { systemClock } from '#runtime';
import { openLiveNode } from '../../support/live-node.js';
import type { LiveNode as AnyLiveNode } from '../../support/live-node.js';
import type { Json } from '../../support/node.js';
import { aRequest } from '../../support/requests.js';
import type { RequestBuilder } from '../../support/requests.js';
import { bedConfig, slurm } from './bed.js';

export { accepted, offerOf, outputOf, untilIn } from '../../support/live-node.js';

export interface LiveNode extends AnyLiveNode { readonly folder: string }

export async function startLiveNode(instance: string, more: Readonly<Record<string, unknown>> = {}, booking: Readonly<Record<string, unknown>> = {}, policies: readonly unknown[] = []): Promise<LiveNode> {
  const platform = bedConfig(instance, { users: { asUser: ['runuser', '-u', '{user}', '--'], map: { '*': { user: 'alice' } } }, ...more });
  await mkdir(platform.folder, { recursive: true });
  const node = await openLiveNode({ platform: { name: instance, type: 'slurm', ...platform }, booking: { offerExpiry: 'PT2M', ...booking }, policies });
  return { ...node, get client() { return node.client; }, folder: platform.folder };
}

export const shell = (text: string): RequestBuilder => aRequest().with({ executable: { kind: kinds.localProcess, command: ['sh', text] } });

/** Goes on until it is let go: what must happen while it runs has all the time that it needs. */
export function heldShell(node: LiveNode, text: string): { readonly wish: RequestBuilder; letGo(): void } {
  heldShells += 1;
  const gate = `${node.folder}.gate${heldShells}`;
  const letGo = (): void => { writeFileSync(gate, ''); };
  return { wish: shell(`until [ -e ${gate} ]; do sleep 0.2; done; ${text}`).lasting(minutes).from(soon()), letGo };
}
let heldShells = 0;

/** A session that is started minutes late on a busy machine has enough left. */
export const minutes = { min: 'PT30S', max: 'PT5M' };

/** Starts from so many seconds after now, within a minute: one instant alone may be too near when the question comes to be judged. */
export const soon = (seconds = 8): string => `${formatInstant(Math.ceil(systemClock.now() / 1000 + seconds) * 1000)}/PT1M`;

/** The offered start of a session, or of an offer. */
export const startOf = (session: Json): number => Date.parse((session.schedule.available.start as string).split('/')[0] ?? '');

/** Somebody else's jobs, past the broker. */
export function outsiders({ count, cores, minutes, seconds }: { count: number; cores: number; minutes: number; seconds: number }, user = 'bob'): void {
  for (let index = 0; index < count; index += 1) {
    slurm('runuser', '-u', user, '--', 'sbatch', '--parsable', '-n1', `-c${cores}`, '--mem=100M', `-t${minutes}`, '-D', '/tmp', '-o', '/dev/null', `--wrap=sleep ${seconds}`);
  }
}
