/** Ports of containers: which may be asked for, how they are opened, and the ways in that come of them. */
import type { V1Ingress, V1Service } from '@kubernetes/client-node';
import type { Connector, ContainerPort, Executable, Plan, PortProtocol, Reason } from '#model';
import { ownKindPrefix, reason } from '#model';
import type { IngressConfig, KubernetesConfig } from './config.js';
import type { KubernetesClient } from './kubernetes.client.js';
import { ownedBy, serviceName, sessionLabel, roleLabel } from './names.js';
import type { Belonging } from './names.js';

const protocols: readonly PortProtocol[] = ['UDP', 'TCP', 'HTTP', 'HTTPS'];
export const connectorKind = `${ownKindPrefix}:connector:port`;

export type WayIn = Omit<Connector, 'status'>;

/** Ports that are to be ways in. */
export function accessPorts(executable: Executable): readonly ContainerPort[] {
  return (executable.network?.ports ?? []).filter(({ access }) => access === true);
}

export function nativeProtocol(port: ContainerPort): 'TCP' | 'UDP' {
  return protocolOf(port) === 'UDP' ? 'UDP' : 'TCP';
}

/** Why these ports can't be had; empty when they can. */
export function judgePorts(executable: Executable): readonly Reason[] {
  return (executable.network?.ports ?? []).flatMap((port, index) => judgePort(port, `executable.network.ports[${index}]`));
}

function judgePort(port: ContainerPort, path: string): readonly Reason[] {
  const { port: outer, addresses = [] } = port.external ?? {};
  const chosen = (what: string): Reason => reason('external-port-refused', 'the outer {what} is chosen by this node; leave it out', { what }, { path: `${path}.external.${what}` });
  return [
    ...judgeNumber(port.internal?.port, `${path}.internal.port`),
    ...(protocols.includes(protocolOf(port)) ? [] : [reason('protocol-refused', "'{protocol}' is not one of {known}", { protocol: protocolOf(port), known: protocols.join(', ') }, { path: `${path}.protocol` })]),
    ...(outer === undefined ? [] : [chosen('port')]), ...(addresses.length === 0 ? [] : [chosen('addresses')]),
  ];
}

function judgeNumber(port: number | undefined, path: string): readonly Reason[] {
  if (port !== undefined && Number.isInteger(port) && port >= 1 && port <= 65_535) return [];
  return [reason('port-refused', "'{port}' is not a port; write 1 to 65535", { port: port ?? 'nothing' }, { path })];
}

interface Opening { readonly plan: Plan; readonly owner: { readonly name: string; readonly uid: string }; readonly belonging: Belonging }

/** Makes the service, and the ingress where one is configured; tells how each port is reached. `path` is put behind every address. */
export async function openWays(client: KubernetesClient, { plan, owner, belonging }: Opening, config: KubernetesConfig): Promise<readonly WayIn[]> {
  const ports = accessPorts(plan.executable);
  if (ports.length === 0) return [];
  const service = await client.apply<V1Service>('Service', serviceOf(plan, { owner, belonging }, config));
  const web = ports.filter((port) => protocolOf(port).startsWith('HTTP'));
  const { ingress } = config.connectors;
  const [first] = web;
  if (ingress && first) await client.apply<V1Ingress>('Ingress', ingressOf(plan, { owner, belonging }, ingress, first));
  return ports.map((port, index) => ({ kind: connectorKind, protocol: protocolOf(port), location: ingress && port === first ? ingressLocation(plan, ingress, port) : serviceLocation(service, index, port, config) }));
}

type Owning = Omit<Opening, 'plan'>;

function serviceOf(plan: Plan, { owner, belonging }: Owning, config: KubernetesConfig): V1Service & { metadata: { name: string } } {
  return {
    apiVersion: 'v1', kind: 'Service', metadata: ownedBy(owner, belonging, serviceName(plan.session)),
    spec: {
      type: config.connectors.service, selector: { [sessionLabel]: plan.session, [roleLabel]: 'payload' },
      ports: accessPorts(plan.executable).map((port, index) => ({ name: `p${index}`, port: port.internal?.port ?? 0, targetPort: port.internal?.port ?? 0, protocol: nativeProtocol(port) })),
    },
  };
}

function ingressOf(plan: Plan, { owner, belonging }: Owning, ingress: IngressConfig, port: ContainerPort): V1Ingress & { metadata: { name: string } } {
  const host = hostOf(plan, ingress);
  return {
    apiVersion: 'networking.k8s.io/v1', kind: 'Ingress',
    metadata: { ...ownedBy(owner, belonging, serviceName(plan.session)), annotations: { ...ingress.annotations } },
    spec: {
      ...(ingress.class === undefined ? {} : { ingressClassName: ingress.class }),
      ...(ingress.secret === undefined ? {} : { tls: [{ hosts: [host], secretName: ingress.secret }] }),
      rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: serviceName(plan.session), port: { number: port.internal?.port ?? 0 } } } }] } }],
    },
  };
}

function hostOf(plan: Plan, { host }: IngressConfig): string {
  return host.replaceAll('{session}', plan.session);
}

function ingressLocation(plan: Plan, ingress: IngressConfig, port: ContainerPort): string {
  return `${ingress.secret === undefined ? 'http' : 'https'}://${hostOf(plan, ingress)}${pathOf(port)}`;
}

/** Empty while nobody knows it: a load balancer that was not given its address yet. */
function serviceLocation(service: V1Service, index: number, port: ContainerPort, { connectors }: KubernetesConfig): string {
  const native = service.spec?.ports?.[index];
  const host = { NodePort: connectors.address, LoadBalancer: balancerOf(service), ClusterIP: service.spec?.clusterIP }[connectors.service];
  if (host === undefined || native === undefined) return '';
  const number = connectors.service === 'NodePort' ? native.nodePort : native.port;
  return `${protocolOf(port).toLowerCase()}://${host.includes(':') ? `[${host}]` : host}:${number}${pathOf(port)}`;
}

function balancerOf({ status }: V1Service): string | undefined {
  const [balancer] = status?.loadBalancer?.ingress ?? [];
  return balancer?.hostname ?? balancer?.ip;
}

function protocolOf(port: ContainerPort): PortProtocol {
  return (port.protocol ?? 'TCP') as PortProtocol;
}

function pathOf({ path = '' }: ContainerPort): string {
  return path === '' || path.startsWith('/') ? path : `/${path}`;
}
