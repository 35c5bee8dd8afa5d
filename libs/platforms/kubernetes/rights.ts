/** Every right that the platform uses, and what is not possible without it. deploy/kubernetes/role.yaml grants them. */
import type { KubernetesConfig } from './config.js';

export interface Right {
  readonly group: string; readonly resource: string; readonly subresource?: string; readonly verb: string;
  /** What goes without it: said when it is missing. */
  readonly gives: string;
  readonly isGlobal?: boolean;
  readonly isOptional?: boolean;
}

const each = (verbs: readonly string[], right: Omit<Right, 'verb'>): readonly Right[] => verbs.map((verb) => ({ ...right, verb }));

export function rightsOf(config: KubernetesConfig): readonly Right[] {
  const { hold, stager, network, pools, capacity } = config;
  const readsNodes = pools.some(({ hosts, elastic }) => hosts === undefined && elastic === undefined);
  return [
    ...each(['create', 'get', 'list', 'watch', 'patch', 'delete'], { group: 'batch', resource: 'jobs', gives: 'no session can be run' }),
    ...each(['list', 'watch', 'patch', 'delete'], { group: '', resource: 'pods', gives: 'sessions can not be observed, stopped and cleaned up' }),
    ...each(['get'], { group: '', resource: 'pods', subresource: 'log', gives: 'no output can be read' }),
    ...(hold || stager ? each(['create', 'get'], { group: '', resource: 'pods', gives: 'places can not be held, and storage can not be filled' }) : []),
    ...(stager ? each(['create', 'get'], { group: '', resource: 'pods', subresource: 'exec', gives: 'storage can not be filled' }) : []),
    ...each(['get', 'create', 'patch'], { group: '', resource: 'secrets', gives: 'requests with secret variables fail' }),
    ...each(['get', 'create', 'patch'], { group: '', resource: 'services', gives: 'requests with ways in fail' }),
    ...storageRights(config),
    ...routeRights(config),
    ...(network.policy ? each(['get', 'create', 'patch'], { group: 'networking.k8s.io', resource: 'networkpolicies', gives: "no session can be prepared; or set network.policy: false" }) : []),
    ...each(['list'], { group: '', resource: 'resourcequotas', gives: 'capacity can not be read' }),
    ...each(['list'], { group: '', resource: 'limitranges', isOptional: true, gives: 'sizes that the namespace allows are not seen, so offers may be refused when they are accepted or prepared' }),
    ...each(['get', 'create', 'patch'], { group: 'coordination.k8s.io', resource: 'leases', isOptional: true, gives: 'that another node works under the same platform name is not noticed' }),
    ...each(['list'], { group: '', resource: 'events', isOptional: true, gives: 'why the cluster makes no pod for a session is not told' }),
    ...(readsNodes ? each(['list'], { group: '', resource: 'nodes', isGlobal: true, gives: 'pools without configured hosts can not be read' }) : []),
    ...each(['list'], { group: '', resource: 'pods', isGlobal: true, isOptional: true, gives: capacity === 'shared' ? "what others use in other namespaces is not seen, so offers may be lost at acceptance" : "the system's own pods are not subtracted" }),
  ];
}

function storageRights({ storage, kept }: KubernetesConfig): readonly Right[] {
  return [
    ...(storage.length > 0 || kept ? each(['get', 'create', 'patch'], { group: '', resource: 'persistentvolumeclaims', gives: 'requests with storage fail' }) : []),
    ...(kept ? each(['delete'], { group: '', resource: 'persistentvolumeclaims', gives: 'kept storage can not be removed' }) : []),
    ...(kept ? each(['get'], { group: '', resource: 'persistentvolumes', isGlobal: true, isOptional: true, gives: 'where kept storage can be reached from is not known, so a session with storage that lies on one node may be offered on another, where it fails' }) : []),
  ];
}

function routeRights({ connectors, namespace }: KubernetesConfig): readonly Right[] {
  const gives = 'requests with ways in for the web fail';
  // Elsewhere it is found by looking at it.
  const isHere = connectors.gateway && (connectors.gateway.namespace ?? namespace) === namespace;
  return [
    ...(connectors.ingress ? each(['get', 'create', 'patch'], { group: 'networking.k8s.io', resource: 'ingresses', gives }) : []),
    ...(connectors.gateway ? each(['get', 'create', 'patch'], { group: 'gateway.networking.k8s.io', resource: 'httproutes', gives }) : []),
    ...(isHere ? each(['get'], { group: 'gateway.networking.k8s.io', resource: 'gateways', gives: 'whether there is a gateway is not known' }) : []),
  ];
}
