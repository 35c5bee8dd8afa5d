/** For `eb check --live`: who works under this platform's name in its namespace, and whose clock is right. */
import type { V1Lease } from '@kubernetes/client-node';
import { formatInstant } from '#model';
import type { Finding, PlatformHost } from '#plugin-sdk';
import { isRightMissing } from '../api/native-fault.js';
import type { KubernetesClient } from '../kubernetes.client.js';
import { leaseName } from '../names.js';
import { occupantsOf, serverNow } from './name-lease.js';
import type { Occupant } from './name-lease.js';

interface CheckedParts { readonly client: KubernetesClient; readonly host: PlatformHost }

const second = 1_000;
/** Sessions may begin so much beside their start, and nobody minds. */
const tolerated = 2 * second;
/** Tokens and certificates have begun, or are over, for one side only. */
const grave = 30 * second;
const fix = 'give this platform another name, or a namespace of its own';

/** Whether the node that is there is the one of this configuration is told by its name only, as its identity is in its database. */
export async function checkName({ client, host }: CheckedParts): Promise<readonly Finding[]> {
  const about = `name ${host.instance}`;
  const { holder, contender } = occupantsOf(await leaseFor(client, host.instance), serverNow({ client, host }));
  if (holder === undefined) return [{ about, verdict: 'good', seen: `no node works under it in ${client.namespace}` }];
  if (contender !== undefined) return [{ about, verdict: 'bad', seen: `two nodes work under it in ${client.namespace}: ${wordsOf(holder)} and ${wordsOf(contender)}; only the first one offers`, fix }];
  if (host.node === undefined || host.node.name === holder.name) return [{ about, verdict: 'good', seen: `${wordsOf(holder)} works under it` }];
  return [{ about, verdict: 'bad', seen: `another node works under it in ${client.namespace}: ${wordsOf(holder)}`, fix }];
}

/** That the right is missing is a finding of its own. */
async function leaseFor(client: KubernetesClient, instance: string): Promise<V1Lease | undefined> {
  try {
    return await client.get<V1Lease>('Lease', leaseName(instance));
  } catch (fault) {
    if (!isRightMissing(fault)) throw fault;
    return undefined;
  }
}

function wordsOf({ name, identity, seen }: Occupant): string {
  return `'${name}' (${identity}, seen ${formatInstant(seen)})`;
}

/** Starts are reckoned by the node's own clock, whatever the cluster's shows. */
export function clockOf({ client }: CheckedParts): Finding {
  const { ahead } = client.serverClock;
  const off = (Math.abs(ahead) / second).toFixed(1);
  if (Math.abs(ahead) < tolerated) return { about: 'clock', verdict: 'good', seen: `as the API server's, to ${tolerated / second} s` };
  const seen = `the API server's is ${off} s ${ahead > 0 ? 'ahead of' : 'behind'} this one`;
  return { about: 'clock', verdict: Math.abs(ahead) < grave ? 'doubtful' : 'bad', seen, fix: 'let both keep time (NTP): sessions start by this clock, and others on the cluster go by that one' };
}
