/** The namespace of a session: what is allowed in it, how much of it, and how far along the session is. */
import type { KubernetesObject } from '@kubernetes/client-node';
import type { Plan, SessionId } from '#model';
import { formatInstant } from '#model';
import { cancelledNote, endsNote, labelsOf, preparedNote } from '../names.js';
import type { Maker } from '../names.js';
import { policyOf } from '../ways-in/network.js';
import type { HelmConfig } from './config.js';

/** `yes` once the chart is installed. */
export const installedNote = 'execution-broker/installed';
export const spaceName = (session: SessionId): string => `eb-${session}`;
export const release = 'session';

type Named = KubernetesObject & { readonly metadata: { readonly name: string } };

export function spaceOf(plan: Plan, { podSecurity }: HelmConfig, maker: Maker): Named {
  return {
    apiVersion: 'v1', kind: 'Namespace',
    metadata: {
      name: spaceName(plan.session), labels: { ...labelsOf({ session: plan.session, maker, role: 'payload' }), 'pod-security.kubernetes.io/enforce': podSecurity },
      annotations: { [endsNote]: formatInstant(plan.run.end), [cancelledNote]: 'no', [preparedNote]: 'no', [installedNote]: 'no' },
    },
  };
}

/** No more than what was granted, whatever the chart asks for; containers that say nothing get little. */
export function quotaFor({ granted }: Plan): Named {
  const amounts = { cpu: String(granted['cores'] ?? 1), memory: `${granted['memory'] ?? 1}Gi` };
  const hard = Object.fromEntries(['requests', 'limits'].flatMap((side) => Object.entries(amounts).map(([name, amount]) => [`${side}.${name}`, amount])));
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: release }, spec: { hard: { ...hard, 'services.loadbalancers': '0', 'services.nodeports': '0' } } } as Named;
}

export function rangeFor(): Named {
  const little = { cpu: '100m', memory: '128Mi' };
  return { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: release }, spec: { limits: [{ type: 'Container', default: little, defaultRequest: little }] } } as Named;
}

export function rulesFor({ deny }: HelmConfig, instance: string): Named {
  const { spec, ...rest } = policyOf({ network: { deny } }, instance);
  return { ...rest, spec: { ...spec, podSelector: {} } } as Named;
}
