/** One network policy for all sessions of an instance: they reach the world, but neither node metadata nor what is configured. */
import type { V1NetworkPolicy } from '@kubernetes/client-node';
import { isIP } from 'node:net';
import { BrokerError, reason } from '#model';
import type { KubernetesConfig } from '../config.js';
import type { KubernetesClient } from '../kubernetes.client.js';
import { instanceLabel, managedBy, managedLabel, roleLabel } from '../names.js';

export class NetworkRules {
  private kept: Promise<void> | undefined;

  constructor(private readonly client: KubernetesClient, private readonly config: KubernetesConfig, private readonly instance: string) {}

  /** Applied, and read back, once in the life of this process. Whether it is enforced depends on the cluster's network plugin. */
  keep(): Promise<void> {
    if (!this.config.network.policy) return Promise.resolve();
    this.kept ??= this.apply().catch((fault: unknown) => { this.kept = undefined; throw fault; });
    return this.kept;
  }

  private async apply(): Promise<void> {
    const wanted = policyOf(this.config, this.instance);
    await this.client.apply<V1NetworkPolicy>('NetworkPolicy', wanted);
    const found = await this.client.get<V1NetworkPolicy>('NetworkPolicy', wanted.metadata.name);
    if (JSON.stringify(deniedBy(found)) !== JSON.stringify(deniedBy(wanted))) {
      throw new BrokerError('unavailable', 'operator', [reason('network-policy-changed', "the network policy '{name}' is not kept as it was applied; something else on the cluster changes it", { name: wanted.metadata.name }, { level: 'ERROR' })]);
    }
  }
}

export function policyName(instance: string): string {
  return `execution-broker-${instance.toLowerCase().replace(/[^a-z0-9.-]+/g, '-')}`;
}

/** Ingress stays as the namespace has it; everything may go out but to what is denied. */
export function policyOf({ network }: { readonly network: Pick<KubernetesConfig['network'], 'deny'> }, instance: string): V1NetworkPolicy & { metadata: { name: string } } {
  const [four, six] = [network.deny.filter((block) => isIP(block.split('/')[0] ?? '') === 4), network.deny.filter((block) => isIP(block.split('/')[0] ?? '') === 6)];
  const to = [{ ipBlock: { cidr: '0.0.0.0/0', ...(four.length === 0 ? {} : { except: four }) } }, { ipBlock: { cidr: '::/0', ...(six.length === 0 ? {} : { except: six }) } }];
  return {
    apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy',
    metadata: { name: policyName(instance), labels: { [managedLabel]: managedBy, [instanceLabel]: instance, [roleLabel]: 'policy' } },
    spec: { podSelector: { matchLabels: { [managedLabel]: managedBy, [instanceLabel]: instance } }, policyTypes: ['Egress'], egress: [{ to }] },
  };
}

function deniedBy(policy: V1NetworkPolicy | undefined): readonly (readonly string[])[] {
  return (policy?.spec?.egress ?? []).flatMap(({ to = [] }) => to.map(({ ipBlock }) => [ipBlock?.cidr ?? '', ...(ipBlock?.except ?? [])]));
}
