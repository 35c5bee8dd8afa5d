/** Namespaces and what runs in them as observations. A chart has no exit code: it is over when all its pods are, or at its booked end. */
import type { KubernetesObject, V1Pod, V1Service } from '@kubernetes/client-node';
import type { Connector, Instant, Milliseconds } from '#model';
import { reason } from '#model';
import type { Observation } from '#plugin-sdk';
import { hostText, portConnectorKind } from '#plugin-sdk';
import { cancelledNote, instantOf, noteOf, preparedNote } from '../names.js';
import { conditionOf, isLeaving, nameOf, phaseOf, refusalIn, waitingOf } from '../watching/reading.js';
import { installedNote } from './space.js';

export interface SpaceView { readonly space: KubernetesObject | undefined; readonly pods: readonly V1Pod[]; readonly services: readonly V1Service[] }

/** True once something of the chart may run: only then its pods are worth a look. */
export function isInstalled(space: KubernetesObject): boolean {
  return (noteOf(space, installedNote) ?? 'no') !== 'no';
}

export function isStopped(space: KubernetesObject): boolean {
  return (noteOf(space, cancelledNote) ?? 'no') !== 'no';
}

interface Judging { readonly now: Instant; readonly patience: Milliseconds; readonly underway: boolean }

export function observeSpace(view: SpaceView, how: Judging): Observation {
  const { space, pods } = view;
  if (space === undefined || isLeaving(space)) return { seen: how.underway ? 'preparing' : 'gone' };
  const alive = pods.filter((pod) => phaseOf(pod) === 'Pending' || phaseOf(pod) === 'Running');
  if (isStopped(space)) return alive.length === 0 ? { seen: 'ended', outcome: 'cancelled' } : { seen: 'running' };
  if (!isInstalled(space)) return { seen: noteOf(space, preparedNote) === 'yes' ? 'ready' : 'preparing' };
  return observeInstalled({ ...view, space }, alive, how);
}

function observeInstalled({ space, pods, services }: SpaceView & { readonly space: KubernetesObject }, alive: readonly V1Pod[], { now, patience }: Judging): Observation {
  if (alive.some((pod) => phaseOf(pod) === 'Running')) return { seen: 'running', connectors: services.flatMap((service) => connectorsOf(service, pods)) };
  if (pods.length > 0 && alive.length === 0) return endOf(pods);
  const since = instantOf(noteOf(space, installedNote)) ?? now;
  return now - since < patience ? { seen: 'queued' } : notStarted(alive);
}

function endOf(pods: readonly V1Pod[]): Observation {
  const failed = pods.filter((pod) => phaseOf(pod) === 'Failed');
  if (failed.length === 0) return { seen: 'ended', outcome: 'succeeded' };
  const names = failed.map(nameOf).join(', ');
  return { seen: 'ended', outcome: 'failed', reason: reason('pods-failed', 'pods of the chart have failed: {names}', { names: names.slice(0, 500) }, { level: 'ERROR', path: 'executable' }) };
}

function notStarted(pods: readonly V1Pod[]): Observation {
  const said = pods.flatMap((pod) => {
    const waiting = (pod.status?.containerStatuses ?? []).map(waitingOf).find(({ why }) => why !== '');
    return refusalIn(pod) ?? (waiting === undefined ? [] : `${waiting.why} ${waiting.said}`);
  });
  const why = said[0] ?? 'no pod could be made; most likely it asks for more than was granted, or for more rights than it may have';
  return { seen: 'ended', outcome: 'evicted', reason: reason('not-started', 'nothing of the chart came to run in time: {why}', { why: why.slice(0, 1000) }, { level: 'ERROR', path: 'executable' }) };
}

/** One for each port of each service that has an address; usable when one of its pods answers. */
function connectorsOf({ spec }: V1Service, pods: readonly V1Pod[]): readonly Connector[] {
  const address = spec?.clusterIP ?? 'None';
  if (address === 'None' || address === '') return [];
  const wanted = Object.entries(spec?.selector ?? {});
  const isOpen = wanted.length > 0 && pods.some((pod) => conditionOf(pod, 'Ready') !== undefined && wanted.every(([name, value]) => pod.metadata?.labels?.[name] === value));
  return (spec?.ports ?? []).map(({ name = '', port, protocol = 'TCP', appProtocol = '' }) => {
    const said = `${appProtocol} ${name}`.toLowerCase();
    const spoken = protocol === 'UDP' ? 'UDP' : said.includes('https') ? 'HTTPS' : said.includes('http') ? 'HTTP' : 'TCP';
    return { kind: portConnectorKind, protocol: spoken, location: `${spoken.toLowerCase()}://${hostText(address)}:${port}`, status: isOpen ? 'AVAILABLE' : 'PREPARING' };
  });
}
