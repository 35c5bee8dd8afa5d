/** Leaving nothing behind: the Job takes along what it owns; pods of the broker's own go one by one. */
import type { V1Job, V1Pod } from '@kubernetes/client-node';
import type { SessionId } from '#model';
import { BrokerError, reason } from '#model';
import type { PlatformHost } from '#plugin-sdk';
import type { KubernetesClient } from '../kubernetes.client.js';
import { hasEnded } from '../kubernetes.states.js';
import { aloneNote, endsNote, instantOf, isMadeBy, jobName, noteOf, roleOf } from '../names.js';
import { patiently } from '../api/patience.js';
import { Leaving } from './leaving.js';
import { conditionOf, isLeaving, isPlaced, nameOf } from '../watching/reading.js';
import type { Snapshot, Snapshots } from '../watching/snapshot.js';

export interface ReleasingParts { readonly client: KubernetesClient; readonly snapshots: Snapshots; readonly host: PlatformHost }

const pause = 250;
const tries = 800;
/** A release that fails makes a session fail that has ended well, so the server is waited for. */
const most = 60_000;
/** What has its session's end so far behind it belongs to nobody any more. */
const leftOverAfter = 24 * 3_600_000;

export async function releaseSession({ client, snapshots, host }: ReleasingParts, session: SessionId): Promise<void> {
  const patience = { clock: host.clock, most };
  const { jobs, payloads } = await patiently(patience, () => snapshots.recent(pause));
  const [job, pod] = [jobs.get(session), payloads.get(session)];
  const isAlone = job !== undefined && noteOf(job, aloneNote) === 'yes';
  // What else it owns goes before it then; pods alone go faster by ourselves than by the cluster's collector, which comes to them in its own time.
  await patiently(patience, () => client.delete('Job', jobName(session), { way: isAlone ? 'Background' : 'Foreground' }));
  const leaving = new Leaving(client, host);
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const seen = await patiently(patience, () => leftOf(session, snapshots, isSettled(job, pod)));
    const left = leaving.stillOurs(session, seen);
    if (left.job === undefined && left.pods.length === 0) return;
    for (const pod of left.pods) await patiently(patience, () => leaving.hurry(pod, !isAlone && left.job !== undefined));
    await host.clock.sleep(pause);
  }
  throw new BrokerError('busy', 'time', [reason('still-leaving', 'objects of session {session} do not go away', { session }, { level: 'ERROR' })]);
}

/** That nothing is left of one whose Job may still have made a pod, or that watches have not told of, is believed of a list only. */
async function leftOf(session: SessionId, snapshots: Snapshots, canBeTold: boolean): Promise<Snapshot> {
  const seen = await snapshots.latest();
  return !seen.isTold || canBeTold || seen.jobs.has(session) || seen.pods.has(session) ? seen : snapshots.of(session);
}

/** No pod can follow: its Job has one try, and one pod, which has ended. */
function isSettled(job: V1Job | undefined, pod: V1Pod | undefined): boolean {
  const verdict = job && (conditionOf(job, 'Complete') ?? conditionOf(job, 'Failed'));
  return verdict !== undefined || (job !== undefined && pod !== undefined && hasEnded(pod));
}

/** What a crash or a lost answer left: placeholders that nobody needs any more, and sessions that ended long ago. Of this node only: another one may work under the same name. */
export async function sweep({ client, host }: ReleasingParts, { jobs, payloads, pods }: Snapshot): Promise<void> {
  const now = host.clock.now();
  for (const [session, all] of pods) {
    const payload = payloads.get(session);
    const done = all.find((pod) => roleOf(pod) === 'hold' && isMadeBy(pod, host) && !isLeaving(pod) && (hasEnded(pod) || (payload !== undefined && isPlaced(payload))));
    if (done !== undefined) await client.delete('Pod', nameOf(done), { grace: 0 });
  }
  for (const job of jobs.values()) {
    if (isMadeBy(job, host) && !isLeaving(job) && now - (instantOf(noteOf(job, endsNote)) ?? now) > leftOverAfter) await client.delete('Job', nameOf(job), { way: 'Foreground' });
  }
}
