/** A whole node on the bed. */
import { kinds } from '#model';
import { openLiveNode } from '../../support/live-node.js';
import type { LiveNode } from '../../support/live-node.js';
import { aRequest } from '../../support/requests.js';
import type { RequestBuilder } from '../../support/requests.js';
import { bedConfig, busybox } from './bed.js';

export { accepted, final, offerOf, outputOf, untilIn, untilSession } from '../../support/live-node.js';
export type { LiveNode } from '../../support/live-node.js';

export function startLiveNode(instance: string, namespace: string, more: Readonly<Record<string, unknown>> = {}): Promise<LiveNode> {
  return openLiveNode({
    platform: { name: instance, type: 'kubernetes', ...bedConfig(namespace, more) }, data: [{ type: 'http', allowPrivate: true }], booking: { offerExpiry: 'PT10S' },
  });
}

export const shell = (text: string, more: Readonly<Record<string, unknown>> = {}): RequestBuilder => (
  aRequest().with({ executable: { kind: kinds.dockerContainer, image: { locations: [busybox] }, command: ['/bin/sh', '-c', text], ...more } })
);
