/** Ports of containers: how they are published, and the ways in that come of them. */
import { connect } from 'node:net';
import type { ContainerInspectInfo, PortMap } from 'dockerode';
import type { Connector, ContainerPort, Executable } from '#model';
import { hostText, pathOf, portConnectorKind, protocolOf, transportOf } from '#plugin-sdk';

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
    if (binding === undefined) return { kind: portConnectorKind, status: 'PREPARING', protocol, location: '' };
    const host = binding.HostIp === '' || binding.HostIp === '0.0.0.0' ? '127.0.0.1' : binding.HostIp;
    // A datagram port gives no sign of life, so it counts as soon as the container runs.
    const open = protocol === 'UDP' || await isAnswered(host, Number(binding.HostPort));
    return { kind: portConnectorKind, status: open ? 'AVAILABLE' : 'PREPARING', protocol, location: locationOf(port, `${hostText(host)}:${binding.HostPort}`) };
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

function nativeName(port: ContainerPort): string {
  return `${port.internal?.port ?? 0}/${transportOf(port).toLowerCase()}`;
}

function locationOf(port: ContainerPort, authority: string): string {
  return `${protocolOf(port).toLowerCase()}://${authority}${pathOf(port)}`;
}
