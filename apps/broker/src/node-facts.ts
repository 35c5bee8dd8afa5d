/** What the node tells about itself at /capabilities. */
import { kinds, mergeAccelerators } from '#model';
import type { Kind, Log } from '#model';
import type { NodeFacts } from '#http-api';
import type { Capabilities } from '#plugin-sdk';
import type { ComposedNode } from './composing/compose-node.js';
import type { NodeConfig } from './configuration/broker.config.js';

/** Asks every platform what it can do now; one that doesn't answer can do nothing now. */
export async function nodeFacts(config: NodeConfig, node: ComposedNode, log: Log): Promise<NodeFacts> {
  const answers = await Promise.allSettled([...node.plugins.platforms.values()].map((platform) => platform.capabilities()));
  const able = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const silent = answers.flatMap((answer) => (answer.status === 'rejected' ? [String(answer.reason)] : []));
  if (silent.length > 0) log.warn('platforms that do not tell what they can do', { silent });
  const resolved = [...node.plugins.resolvers.values()].flatMap((resolver) => resolver.kinds);
  const { booking, defaults } = config;
  return {
    name: config.node.name, anonymous: config.access.anonymous, publicReads: config.access.publicReads,
    kinds: { executable: union(able, 'executables'), compute: computeOf(able), storage: union(able, 'storage'), volume: [kinds.simpleVolume], data: [...new Set([...resolved, ...able.flatMap((one) => one.brings ?? [])])] },
    accelerators: mergeAccelerators(able.flatMap((one) => one.accelerators ?? [])),
    limits: { longest: defaults.longest, horizon: booking.horizon, offerExpiry: booking.offerExpiry, mostOffers: booking.mostOffers },
  };
}

/** Accelerated compute where there is something that simple compute can't ask for. */
function computeOf(able: readonly Capabilities[]): readonly Kind[] {
  const hasMore = able.some(({ accelerators = [], mostHosts = 1 }) => accelerators.length > 0 || mostHosts > 1);
  return [kinds.simpleCompute, ...(hasMore ? [kinds.acceleratedCompute] : [])];
}

function union(able: readonly Capabilities[], family: 'executables' | 'storage'): readonly Kind[] {
  return [...new Set(able.flatMap((one) => one[family]))];
}
