/** Ports of containers: how they are opened, and the ways in that come of them. */
import type { V1Service } from '@kubernetes/client-node';
import type { Connector, ContainerPort, Executable, Plan, Reason } from '#model';
import { reason } from '#model';
import { accessPorts, hostText, pathOf, portConnectorKind, protocolOf, transportOf } from '#plugin-sdk';
import type { KubernetesConfig } from '../config.js';
import { gatedPorts } from './gate.js';
import type { KubernetesClient } from '../kubernetes.client.js';
import { ownedBy, serviceName, sessionLabel, roleLabel } from '../names.js';
import type { Belonging } from '../names.js';
import { tokenMark } from '../payload/notebook.js';
import { openRoute, routedBase } from './routes.js';

export type WayIn = Omit<Connector, 'status'>;

/** Why these ports can't be one service: it has each number once for TCP, and once for UDP. */
export function judgeTwice({ network }: Executable): readonly Reason[] {
  const ports = network?.ports ?? [];
  const isSame = (a: ContainerPort, b: ContainerPort): boolean => a.access === true && b.access === true && a.internal?.port === b.internal?.port && transportOf(a) === transportOf(b);
  return ports.flatMap((port, index) => {
    const first = ports.findIndex((other) => isSame(port, other));
    if (first < 0 || first === index) return [];
    return [reason('port-twice', 'port {port} is a way in by ports[{first}] already; leave one of them out', { port: port.internal?.port ?? 0, first }, { path: `executable.network.ports[${index}].internal.port` })];
  });
}

interface Opening { readonly plan: Plan; readonly owner: { readonly name: string; readonly uid: string }; readonly belonging: Belonging }

/** Makes the service, and what leads to it from outside; tells how each port is reached. `path` is put behind every address. */
export async function openWays(client: KubernetesClient, { plan, owner, belonging }: Opening, config: KubernetesConfig): Promise<readonly WayIn[]> {
  const ports = accessPorts(plan.executable);
  if (ports.length === 0) return [];
  const service = await client.apply<V1Service>('Service', serviceOf(plan, { owner, belonging }, config));
  const first = ports.find((port) => protocolOf(port).startsWith('HTTP'));
  const base = first && routedBase(plan.session, config.connectors);
  if (first && base !== undefined) await openRoute(client, { session: plan.session, owner, belonging, port: first.internal?.port ?? 0 }, config.connectors);
  const gated = new Set(gatedPorts(plan.executable, config).map(({ port }) => port));
  return ports.map((port, index) => {
    const path = gated.has(port) ? withToken(pathOf(port)) : pathOf(port);
    const location = base !== undefined && port === first ? `${base}${path}` : serviceLocation(service, index, { port, path }, config);
    return { kind: portConnectorKind, protocol: protocolOf(port), location };
  });
}

/** The mark is filled in for who may read the session. */
function withToken(path: string): string {
  return `${path}${path.includes('?') ? '&' : path === '' ? '/?' : '?'}token=${tokenMark}`;
}

type Owning = Omit<Opening, 'plan'>;

function serviceOf(plan: Plan, { owner, belonging }: Owning, config: KubernetesConfig): V1Service & { metadata: { name: string } } {
  const gates = new Map(gatedPorts(plan.executable, config).map(({ port, gate }) => [port, gate]));
  return {
    apiVersion: 'v1', kind: 'Service', metadata: ownedBy(owner, belonging, serviceName(plan.session)),
    spec: {
      type: config.connectors.service, selector: { [sessionLabel]: plan.session, [roleLabel]: 'payload' },
      ports: accessPorts(plan.executable).map((port, index) => ({ name: `p${index}`, port: port.internal?.port ?? 0, targetPort: gates.get(port) ?? port.internal?.port ?? 0, protocol: transportOf(port) })),
    },
  };
}

/** Empty while nobody knows it: a load balancer that was not given its address yet. */
function serviceLocation(service: V1Service, index: number, { port, path }: { readonly port: ContainerPort; readonly path: string }, { connectors }: KubernetesConfig): string {
  const native = service.spec?.ports?.[index];
  const host = { NodePort: connectors.address, LoadBalancer: balancerOf(service), ClusterIP: service.spec?.clusterIP }[connectors.service];
  if (host === undefined || native === undefined) return '';
  const number = connectors.service === 'NodePort' ? native.nodePort : native.port;
  return `${protocolOf(port).toLowerCase()}://${hostText(host)}:${number}${path}`;
}

function balancerOf({ status }: V1Service): string | undefined {
  const [balancer] = status?.loadBalancer?.ingress ?? [];
  return balancer?.hostname ?? balancer?.ip;
}
