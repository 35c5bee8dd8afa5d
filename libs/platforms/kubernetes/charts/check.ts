/** For `eb check --live`: is Helm there, is the cluster, and has the broker the wider rights that charts need? */
import type { Finding } from '#plugin-sdk';
import { versionOf, attempt } from '../check.js';
import type { KubernetesClient } from '../kubernetes.client.js';
import type { HelmConfig } from './config.js';
import type { Helm } from './helm.js';

interface CheckedParts { readonly config: HelmConfig; readonly client: KubernetesClient; readonly helm: Helm }

const verbs = ['create', 'get', 'list', 'patch', 'delete'];
/** In all namespaces, as those of sessions are made when they are needed. */
const needed: readonly (readonly [group: string, resource: string, verbs: readonly string[], gives: string])[] = [
  ['', 'namespaces', verbs, 'no session can be run'], ['', 'resourcequotas', ['create', 'get', 'patch'], 'charts can not be bounded, so none is run'], ['', 'limitranges', ['create', 'get', 'patch'], 'charts can not be bounded, so none is run'],
  ['networking.k8s.io', 'networkpolicies', ['create', 'get', 'patch', 'delete'], 'the network of charts can not be bounded, so none is run'], ['', 'secrets', [...verbs, 'update'], 'Helm can not keep its records'],
  ['', 'pods', ['list'], 'sessions can not be observed'], ['', 'services', verbs, 'charts with services can not be installed'], ['apps', 'deployments', verbs, 'most charts can not be installed'],
];

export async function checkCharts(parts: CheckedParts): Promise<readonly Finding[]> {
  const helm = await attempt('helm', async () => {
    const version = await parts.helm.version();
    if (version !== undefined) return [{ about: 'helm', verdict: 'good', seen: version }];
    return [{ about: 'helm', verdict: 'bad', seen: `'${parts.config.binary}' is no Helm 3`, fix: "install Helm 3, or name it as 'binary'" }];
  });
  const reached = await attempt('connection', () => versionOf(parts));
  if (reached.some(({ verdict }) => verdict === 'bad')) return [...helm, ...reached];
  const rights = needed.flatMap(([group, resource, wanted, gives]) => wanted.map((verb) => checkRight(parts, { group, resource, verb, gives })));
  return [...helm, ...reached, ...await Promise.all(rights)];
}

async function checkRight({ client }: CheckedParts, { group, resource, verb, gives }: { readonly group: string; readonly resource: string; readonly verb: string; readonly gives: string }): Promise<Finding> {
  const about = `right to ${verb} ${resource}`;
  const denied: Finding = { about, verdict: 'bad', seen: `denied; without it: ${gives}`, fix: `kubectl create clusterrole NAME --verb=${verb} --resource=${resource}, and bind it to the broker; deploy/kubernetes/charts-role.yaml has all of them` };
  const [finding] = await attempt(about, async () => [await client.may(verb, { group, resource }) ? { about, verdict: 'good', seen: 'granted' } : denied]);
  return finding ?? denied;
}
