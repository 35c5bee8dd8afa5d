/** Filling claims before the start: the broker brings the data to itself, checked, and hands it to a pod that has the claims mounted. */
import type { V1Pod } from '@kubernetes/client-node';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Plan, Reason, ResolvedData, SessionId } from '#model';
import { BrokerError, formatInstant, reason } from '#model';
import type { PlatformHost, Work } from '#plugin-sdk';
import type { KubernetesConfig } from '../config.js';
import { isStuck, ownImageFault } from './holding.js';
import type { KubernetesClient } from '../kubernetes.client.js';
import { endsNote, labelsOf, roleOf, stagerName } from '../names.js';
import type { Maker } from '../names.js';
import { isStatus } from '../api/native-fault.js';
import { affinityOf, placeOf } from '../capacity/place.js';
import { containerSecurity, podDefaults, toolUser } from '../payload/pod.js';
import { phaseOf, refusalIn, saidOf, waitingOf } from '../watching/reading.js';
import type { Snapshots } from '../watching/snapshot.js';
import { foldersOf, stagedAt, volumeName, volumesOf } from '../storage/storage.js';
import type { Folder } from '../storage/storage.js';

/** Runs a command in a pod, with its input; gives what it printed. Rejects when it fails. */
export interface Uploads { run(pod: string, argv: readonly string[], input?: Readable): Promise<string> }

interface StagerParts { readonly config: KubernetesConfig; readonly client: KubernetesClient; readonly uploads: Uploads; readonly host: PlatformHost; readonly snapshots: Snapshots }

const pause = 200;
const container = 'stager';

/** Safe to repeat from any half-done point: files get their names only when they are whole. */
export async function fillClaims(parts: StagerParts, plan: Plan, work: Work): Promise<void> {
  const { client, config, uploads } = parts;
  if (config.stager === undefined) return;
  const name = stagerName(plan.session);
  await client.create<V1Pod>('Pod', stagerOf(plan, config, config.stager, parts.host)).catch((fault: unknown) => { if (!isStatus(fault, 409)) throw fault; });
  await untilRuns(parts, plan.session, work.signal);
  for (const folder of foldersOf(plan)) {
    await uploads.run(name, ['/bin/sh', '-c', 'mkdir -p "$0" && chmod 0777 "$0"', folderOf(folder)]);
    for (const data of folder.data) await bring(parts, { plan, folder, data }, work);
  }
  await client.delete('Pod', name, { grace: 0 });
}

function folderOf({ storage, path }: Folder): string {
  return `${stagedAt(storage)}/${path}`;
}

interface Load { readonly plan: Plan; readonly folder: Folder; readonly data: ResolvedData }

/** The checksum is taken of what the broker has verified, and again of what lies in the claim. */
async function bring({ uploads, host }: StagerParts, { plan, folder, data }: Load, work: Work): Promise<void> {
  const room = join(host.folder, 'staging', plan.session, data.id);
  try {
    const { path } = await host.stage(data, room, work);
    work.signal.throwIfAborted();
    const [wanted, said] = await Promise.all([
      checksumOf(path),
      uploads.run(stagerName(plan.session), ['/bin/sh', '-c', 'cat >"$0.part" && sha256sum "$0.part" && chmod 0644 "$0.part" && mv "$0.part" "$0"', `${folderOf(folder)}/${data.fileName}`], createReadStream(path)),
    ]);
    if (said.trim().split(/\s/)[0]?.replace(/^\\/, '') !== wanted) {
      throw new BrokerError('unavailable', 'time', [reason('data-damaged', "'{name}' did not arrive whole in the storage of the session", { name: data.fileName }, { level: 'ERROR', path: 'data' })]);
    }
  } finally {
    await rm(join(host.folder, 'staging', plan.session), { recursive: true, force: true });
  }
}

async function checksumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

async function untilRuns({ snapshots, host, config }: StagerParts, session: SessionId, signal: AbortSignal): Promise<void> {
  const end = host.clock.now() + config.patience + config.pullEstimate;
  for (;;) {
    signal.throwIfAborted();
    const pod = (await snapshots.take()).pods.get(session)?.find((one) => roleOf(one) === 'stager');
    const phase = pod === undefined ? 'Pending' : phaseOf(pod);
    if (phase === 'Running') return;
    const stuck = stuckIn(pod);
    if (stuck !== undefined) throw stuck;
    if (phase !== 'Pending' || host.clock.now() >= end) throw new BrokerError('unavailable', 'time', [notReady(pod)]);
    await host.clock.sleep(pause, signal);
  }
}

/** Its image is the operator's choice, whatever is wrong with it. */
function stuckIn(pod: V1Pod | undefined): BrokerError | undefined {
  const [status] = pod?.status?.containerStatuses ?? [];
  const waiting = waitingOf(status);
  return status !== undefined && isStuck(waiting.why) ? ownImageFault(status.image, waiting) : undefined;
}

function notReady(pod: V1Pod | undefined): Reason {
  const said = pod === undefined ? '' : refusalIn(pod) ?? saidOf(pod).said;
  return reason('storage-not-ready', 'the storage of the session could not be filled in time: {said}', { said }, { level: 'ERROR', path: 'storage' });
}

function stagerOf(plan: Plan, config: KubernetesConfig, stager: NonNullable<KubernetesConfig['stager']>, maker: Maker): V1Pod {
  const place = placeOf(plan, config);
  const little = { cpu: '50m', memory: '64Mi' };
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: { name: stagerName(plan.session), labels: labelsOf({ session: plan.session, maker, role: 'stager' }), annotations: { [endsNote]: formatInstant(plan.run.end) } },
    spec: {
      ...podDefaults(config, place, stager.user ?? toolUser(config)), affinity: affinityOf(place), terminationGracePeriodSeconds: 0, activeDeadlineSeconds: 24 * 3600,
      containers: [{
        name: container, image: stager.image, command: ['/bin/sh', '-c', 'while :; do sleep 3600; done'], resources: { requests: little, limits: little }, securityContext: containerSecurity(config),
        volumeMounts: plan.storage.map(({ id }) => ({ name: volumeName(plan, id), mountPath: stagedAt(id) })),
      }],
      volumes: volumesOf(plan),
    },
  };
}
