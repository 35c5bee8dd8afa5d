/** A whole node on the bed, whose sessions run as alice. */
import { mkdir } from 'node:fs/promises';
import { kinds } from '#model';
import { openLiveNode } from '../../support/live-node.js';
import type { LiveNode as AnyLiveNode } from '../../support/live-node.js';
import { aRequest } from '../../support/requests.js';
import type { RequestBuilder } from '../../support/requests.js';
import { bedConfig } from './bed.js';

export { accepted, offerOf, outputOf, untilIn } from '../../support/live-node.js';

export interface LiveNode extends AnyLiveNode { readonly folder: string }

export async function startLiveNode(instance: string, more: Readonly<Record<string, unknown>> = {}, booking: Readonly<Record<string, unknown>> = {}, policies: readonly unknown[] = []): Promise<LiveNode> {
  const platform = bedConfig(instance, { users: { asUser: ['runuser', '-u', '{user}', '--'], map: { '*': { user: 'alice' } } }, ...more });
  await mkdir(platform.folder, { recursive: true });
  const node = await openLiveNode({ platform: { name: instance, type: 'slurm', ...platform }, booking: { offerExpiry: 'PT2M', ...booking }, policies });
  return { ...node, get client() { return node.client; }, folder: platform.folder };
}

export const shell = (text: string): RequestBuilder => aRequest().with({ executable: { kind: kinds.localProcess, command: ['sh', text] } });
