/** Ports of containers: which may be asked for, and what is said of them as ways in. */
import type { ContainerPort, Executable, PortProtocol, Reason } from '#model';
import { ownKindPrefix, reason } from '#model';

const protocols: readonly PortProtocol[] = ['UDP', 'TCP', 'HTTP', 'HTTPS'];

/** Kind of the connector that a port becomes. */
export const portConnectorKind = `${ownKindPrefix}:connector:port`;

/** Ports that are to be ways in. */
export function accessPorts(executable: Executable): readonly ContainerPort[] {
  return (executable.network?.ports ?? []).filter(({ access }) => access === true);
}

/** Why these ports can't be had; empty when they can. */
export function judgePorts(executable: Executable): readonly Reason[] {
  return (executable.network?.ports ?? []).flatMap((port, index) => judgePort(port, `executable.network.ports[${index}]`));
}

/** TCP where none is named. */
export function protocolOf(port: ContainerPort): PortProtocol {
  return (port.protocol ?? 'TCP') as PortProtocol;
}

/** What is under the protocols of applications. */
export function transportOf(port: ContainerPort): 'TCP' | 'UDP' {
  return protocolOf(port) === 'UDP' ? 'UDP' : 'TCP';
}

/** Empty, or with a slash at its beginning. */
export function pathOf({ path = '' }: ContainerPort): string {
  return path === '' || path.startsWith('/') ? path : `/${path}`;
}

/** As a URL has it: addresses with colons stand in brackets. */
export function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
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
