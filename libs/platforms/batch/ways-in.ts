/**
 * Ways in to a running session: the payload listens on its host, and the site says how to get there from outside. The job itself notes on
 * which host it runs and which of its ports answer, as the broker may not be able to reach the hosts.
 */
import type { Connector, ContainerPort, Executable, PortProtocol, Reason } from '#model';
import { reason } from '#model';
import { accessPorts, pathOf, portConnectorKind } from '#plugin-sdk';
import type { WaysIn } from './config.js';
import type { SessionFolder } from './session-folder.js';

export const wayProtocols: readonly PortProtocol[] = ['UDP', 'TCP', 'HTTP', 'HTTPS'];

/** One port that is to be a way in, as a handle remembers it. */
export interface WantedPort { readonly port: number; readonly protocol: string; readonly path: string }

/** Why these ports can't be had; empty when they can. */
export function judgePorts({ network }: Executable, waysIn: WaysIn | undefined): readonly Reason[] {
  return (network?.ports ?? []).flatMap((one, index) => (one.access === true ? judgePort(one, waysIn, `executable.network.ports[${index}]`) : []));
}

function judgePort({ internal, external, protocol = 'TCP' }: ContainerPort, waysIn: WaysIn | undefined, path: string): readonly Reason[] {
  if (waysIn === undefined) return [reason('no-ways-in', 'this cluster opens no ports to its containers', {}, { path: 'executable.network.ports' })];
  const port = internal?.port ?? 0;
  const isKnown = wayProtocols.some((known) => known === protocol);
  return [
    ...(isUnprivileged(port) ? [] : [reason('port-refused', "'{port}' is not a port that a payload can listen on here; write 1024 to 65535", { port }, { path: `${path}.internal.port` })]),
    ...(isKnown ? [] : [reason('protocol-refused', "'{protocol}' is not one of {known}", { protocol, known: wayProtocols.join(', ') }, { path: `${path}.protocol` })]),
    ...(external?.port === undefined ? [] : [reason('external-port-refused', 'the outer port is the inner one here; leave it out', {}, { path: `${path}.external.port` })]),
  ];
}

function isUnprivileged(port: number): boolean {
  return Number.isInteger(port) && port >= 1024 && port <= 65_535;
}

export function wantedPorts(executable: Executable): readonly WantedPort[] {
  return accessPorts(executable).map(({ internal, protocol = 'TCP', path = '' }) => ({ port: internal?.port ?? 0, protocol, path }));
}

/** Lines of the job's script: where it runs, and a look now and then whether each port answers. */
export function portLines(ports: readonly WantedPort[]): readonly string[] {
  if (ports.length === 0) return [];
  const streams = ports.filter(({ protocol }) => protocol !== 'UDP').map(({ port }) => (
    `(until (exec 3<>/dev/tcp/127.0.0.1/${port}); do sleep 1; done; : >../open-${port}) 2>/dev/null &`
  ));
  return ['hostname >../host.new && mv ../host.new ../host', ...streams];
}

/** The ways in to a session that runs; AVAILABLE only those that the payload answers on. A datagram port counts as soon as it runs. */
export async function connectorsOf(ports: readonly WantedPort[], folder: SessionFolder, { location }: WaysIn): Promise<readonly Connector[]> {
  const host = (await folder.read('run', 'host'))?.trim() ?? '';
  // The job's account writes this file: nothing but a name of a host is believed.
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/.test(host)) return ports.map(({ protocol }) => ({ kind: portConnectorKind, status: 'PREPARING', protocol, location: '' }));
  return Promise.all(ports.map(async ({ port, protocol, path }): Promise<Connector> => {
    const isOpen = protocol === 'UDP' || await folder.has('run', `open-${port}`);
    const values: Readonly<Record<string, string>> = { protocol: protocol.toLowerCase(), host, port: String(port), path: pathOf({ path }) };
    return { kind: portConnectorKind, status: isOpen ? 'AVAILABLE' : 'PREPARING', protocol, location: location.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place) };
  }));
}
