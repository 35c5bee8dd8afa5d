/** Ports of containers: which may be asked for, how they are published, and the ways in that come of them. */
import { connect } from 'node:net';
import type { ContainerInspectInfo, PortMap } from 'dockerode';
import type { Connector, ContainerPort, Executable, PortProtocol, Reason } from '#model';
import { ownKindPrefix, reason } from '#model';

const protocols: readonly PortProtocol[] = ['UDP', 'TCP', 'HTTP', 'HTTPS'];
const connectorKind = `${ownKindPrefix}:connector:port`;

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
    ...(outer === undefined ? [] : [chosen('port')]),
    ...(addresses.length === 0 ? [] : [chosen('addresses')]),
  ];
}

function judgeNumber(port: number | undefined, path: string): readonly Reason[] {
  if (port !== undefined && Number.isInteger(port) && port >= 1 && port <= 65_535) return [];
  return [reason('port-refused', "'{port}' is not a port; write 1 to 65535", { port: port ?? 'nothing' }, { path })];
}

/** Ports that are to be ways in, as labels and bindings of a container need them. */
export function accessPorts(executable: Executable): readonly ContainerPort[] {
  return (executable.network?.ports ?? []).filter(({ access }) => access === true);
}

/** `8080/tcp` → a free port of the host. */
export function bindings(ports: readonly ContainerPort[], address: string): PortMap {
  return Object.fromEntries(ports.map((port) => [nativeName(port), [{ HostIp: address, HostPort: '' }]]));
}

/** Every port of the executable, published or not. */
export function exposed(executable: Executable): Record<string, Record<string, never>> {
  return Object.fromEntries((executable.network?.ports ?? []).map((port) => [nativeName(port), {}]));
}

/** The ways in to a running container; AVAILABLE only those that the payload itself answers on. */
export async function connectorsOf(found: ContainerInspectInfo, ports: readonly ContainerPort[]): Promise<readonly Connector[]> {
  return Promise.all(ports.map(async (port): Promise<Connector> => {
    const protocol = protocolOf(port);
    const [binding] = found.NetworkSettings.Ports[nativeName(port)] ?? [];
    if (binding === undefined) return { kind: connectorKind, status: 'PREPARING', protocol, location: '' };
    const host = binding.HostIp === '' || binding.HostIp === '0.0.0.0' ? '127.0.0.1' : binding.HostIp;
    // A datagram port gives no sign of life, so it counts as soon as the container runs.
    const open = protocol === 'UDP' || await isAnswered(host, Number(binding.HostPort));
    return { kind: connectorKind, status: open ? 'AVAILABLE' : 'PREPARING', protocol, location: locationOf(port, `${hostText(host)}:${binding.HostPort}`) };
  }));
}

/** Milliseconds that a connection must last: proxies of runtimes accept it and close it when nobody is behind. */
const settled = 100;
const connectTimeout = 1000;

function isAnswered(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (answered: boolean) => (): void => { socket.destroy(); resolve(answered); };
    // One handler for both waits: not connected in time, or connected and left alone.
    socket.setTimeout(connectTimeout);
    socket.once('timeout', () => { finish(!socket.connecting)(); });
    socket.once('connect', () => { socket.setTimeout(settled); });
    socket.once('data', finish(true));
    socket.once('error', finish(false));
    socket.once('close', finish(false));
  });
}

function protocolOf(port: ContainerPort): PortProtocol {
  return (port.protocol ?? 'TCP') as PortProtocol;
}

function nativeName(port: ContainerPort): string {
  return `${port.internal?.port ?? 0}/${protocolOf(port) === 'UDP' ? 'udp' : 'tcp'}`;
}

function locationOf(port: ContainerPort, authority: string): string {
  const path = port.path ?? '';
  return `${protocolOf(port).toLowerCase()}://${authority}${path === '' || path.startsWith('/') ? path : `/${path}`}`;
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
