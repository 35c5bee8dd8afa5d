/**
 * The native hold: a placeholder pod that has the session's size, on its host, with its image already there, and runs nothing. The
 * session's pod is of a higher priority and may not be beside it, so the scheduler puts exactly the placeholder out (decision 0028).
 */
import type { V1Job, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import type { Instant, SessionId } from '#model';
import { BrokerError, formatInstant, reason } from '#model';
import type { PlatformHost } from '#plugin-sdk';
import type { HoldConfig, KubernetesConfig } from '../config.js';
import type { KubernetesClient } from '../kubernetes.client.js';
import { hopeless, payloadContainer } from '../kubernetes.states.js';
import { endsNote, holdName, labelsOf, roleOf } from '../names.js';
import type { Maker } from '../names.js';
import { isStatus } from '../api/native-fault.js';
import { containerSecurity, toolSecurity } from '../payload/pod.js';
import { createdAt, isLeaving, isPlaced, phaseOf, refusalIn, terminatedOf, waitingOf } from '../watching/reading.js';
import type { Said } from '../watching/reading.js';
import type { Snapshot, Snapshots } from '../watching/snapshot.js';

export interface HoldingParts { readonly config: KubernetesConfig; readonly client: KubernetesClient; readonly snapshots: Snapshots; readonly host: PlatformHost }

/** Between two looks at a placeholder. */
const pause = 200;
/** The scheduler is given so long before a place counts as taken: one look of its, and a placeholder of an earlier session on its way out. */
const placingTime = 4_000;
/** A placeholder outlives its session's start by this, then its node ends it. */
const slack = 600;
const container = 'hold';

export class Holding {
  constructor(private readonly parts: HoldingParts, private readonly hold: HoldConfig) {}

  /** Makes the placeholder if it is not there, and waits until it has its place. Throws when there is none. */
  async place(held: Held): Promise<void> {
    const since = await this.make(held);
    await this.until(held.session, since + placingTime, undefined, (pod) => (isPlaced(pod) ? true : refusalOf(pod)));
  }

  /** Waits until the image is on the node as well. */
  async ready(held: Held, signal: AbortSignal): Promise<void> {
    const since = await this.make(held);
    const end = since + this.parts.config.patience + this.parts.config.pullEstimate;
    await this.until(held.session, end, signal, (pod) => readiness(pod, this.parts.host.clock.now()));
  }

  async remove(session: SessionId): Promise<void> {
    await this.parts.client.delete('Pod', holdName(session), { grace: 0 });
  }

  /** When it was made. What has ended (its node put it out, it was preempted) is made anew. */
  private async make(held: Held): Promise<Instant> {
    const { client, config, host } = this.parts;
    const placeholder = placeholderOf(held, config, this.hold, { maker: host, now: host.clock.now() });
    try {
      await client.create<V1Pod>('Pod', placeholder);
    } catch (fault) {
      if (!isStatus(fault, 409)) throw fault;
      const found = await client.get<V1Pod>('Pod', holdName(held.session));
      if (found === undefined || isAlive(found)) return host.clock.now();
      await this.remove(held.session);
      await client.create<V1Pod>('Pod', placeholder);
    }
    return host.clock.now();
  }

  private async until(session: SessionId, end: Instant, signal: AbortSignal | undefined, judge: (pod: V1Pod) => boolean | BrokerError): Promise<void> {
    const { snapshots, host } = this.parts;
    for (;;) {
      signal?.throwIfAborted();
      const pod = (await snapshots.take()).pods.get(session)?.find((one) => roleOf(one) === 'hold');
      const verdict = pod === undefined ? false : judge(pod);
      if (verdict === true) return;
      if (verdict !== false && (host.clock.now() >= end || verdict.fixer !== 'time')) throw verdict;
      if (host.clock.now() >= end) throw new BrokerError('unavailable', 'time', [reason('not-held', 'the place of session {session} could not be held in time', { session }, { level: 'ERROR' })]);
      await host.clock.sleep(pause, signal);
    }
  }
}

/** Whose place is held, from when on it runs, and its Job as it is or will be. */
export interface Held { readonly session: SessionId; readonly start: Instant; readonly job: V1Job }
/** True when the session's placeholder has its place. */
export function standsIn({ pods }: Snapshot, session: SessionId): boolean {
  return (pods.get(session) ?? []).some((pod) => roleOf(pod) === 'hold' && isAlive(pod) && isPlaced(pod));
}

interface Moment { readonly maker: Maker; readonly now: Instant }

/** In the form of the session's own pod: the same nodes, the same image, the same size, the same rules. */
function placeholderOf({ session, start, job }: Held, config: KubernetesConfig, hold: HoldConfig, { maker, now }: Moment): V1Pod {
  const spec = job.spec?.template.spec ?? { containers: [] };
  const payload = spec.containers.find(({ name }) => name === payloadContainer);
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const tool = { name: 'tool', mountPath: '/.execution-broker' };
  const { cpu = '', memory = '' } = payload?.resources?.limits ?? {};
  // Of the payload's size, which costs nothing before it: a namespace may have a least size of containers.
  const resources = { requests: { cpu, memory }, limits: { cpu, memory } };
  const securityContext = containerSecurity(config);
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: { name: holdName(session), labels: labelsOf({ session, maker, role: 'hold' }), annotations: { [endsNote]: formatInstant(start) } },
    spec: {
      ...placingOf(spec), priorityClassName: hold.priorityClass, terminationGracePeriodSeconds: 0,
      activeDeadlineSeconds: Math.ceil(Math.max(0, start - now) / 1000) + slack,
      initContainers: [{ name: 'bring', image: hold.image, command: ['/bin/busybox', 'cp', '/bin/busybox', `${tool.mountPath}/sleep`], volumeMounts: [tool], resources, securityContext: toolSecurity(config) }],
      // In the session's image: running means that the image is on the node and that it is of the node's architecture.
      containers: [payload, ...sidecars].map((one, index) => ({
        name: index === 0 ? container : `${container}-${index}`, image: one?.image ?? hold.image, command: [`${tool.mountPath}/sleep`, '2147483647'], volumeMounts: [tool], resources: one?.resources ?? {}, securityContext,
      })),
      volumes: [{ name: 'tool', emptyDir: { sizeLimit: '16Mi' } }],
    },
  };
}

/** Which nodes, as whom, by which runtime: all but what keeps the session's pod off its placeholder. */
function placingOf({ nodeSelector, tolerations, securityContext, imagePullSecrets, runtimeClassName, affinity }: V1PodSpec): Partial<V1PodSpec> {
  const { nodeAffinity } = affinity ?? {};
  return {
    restartPolicy: 'Never', automountServiceAccountToken: false, enableServiceLinks: false,
    ...(nodeSelector && { nodeSelector }), ...(tolerations && { tolerations }), ...(securityContext && { securityContext }),
    ...(imagePullSecrets && { imagePullSecrets }), ...(runtimeClassName !== undefined && { runtimeClassName }), ...(nodeAffinity && { affinity: { nodeAffinity } }),
  };
}

function readiness(pod: V1Pod, now: Instant): boolean | BrokerError {
  if (phaseOf(pod) === 'Running') return true;
  return isPlaced(pod) ? faultOf(pod) : unplacedFor(pod, now);
}

function isAlive(pod: V1Pod): boolean {
  return !isLeaving(pod) && (phaseOf(pod) === 'Pending' || phaseOf(pod) === 'Running');
}

/** False while the scheduler has not looked yet. */
function refusalOf(pod: V1Pod): false | BrokerError {
  const said = refusalIn(pod);
  return said === undefined ? false : new BrokerError('conflict', 'time', [reason('not-held', 'the cluster can not hold this place: {said}', { said }, { path: 'compute' })]);
}

/** It stays pending, so that it gets the place as soon as there is one; who prepares is told to come again. */
function unplacedFor(pod: V1Pod, now: Instant): false | BrokerError {
  const refusal = refusalOf(pod);
  return refusal !== false && now - (createdAt(pod) ?? now) > placingTime ? new BrokerError('unavailable', 'time', refusal.reasons) : false;
}

/** What keeps a placed one from running. */
function faultOf({ status = {} }: V1Pod): false | BrokerError {
  const containers = [...status.initContainerStatuses ?? [], ...status.containerStatuses ?? []];
  const stuck = containers.find((one) => isStuck(waitingOf(one).why));
  if (stuck?.name === container) return imageFault(stuck.image, waitingOf(stuck));
  if (stuck !== undefined) return ownImageFault(stuck.image, waitingOf(stuck));
  const ended = containers.flatMap((one) => terminatedOf(one) ?? []).find(({ exitCode }) => exitCode !== 0);
  if (ended === undefined) return false;
  return new BrokerError('unavailable', 'operator', [reason('not-held', 'the placeholder ended: {why} {said}', { why: ended.reason ?? '', said: ended.message ?? '' }, { level: 'ERROR' })]);
}

export function isStuck(why: string): boolean {
  return hopeless[why] !== undefined || why === 'ErrImagePull';
}

/** An image that the site has configured, and no user can change. */
export function ownImageFault(image: string, { why, said }: Said): BrokerError {
  return new BrokerError('unavailable', 'operator', [reason('site-image-not-brought', "'{image}', which this site has configured, does not start: {why} {said}", { image, why, said: said.slice(0, 500) }, { level: 'ERROR' })]);
}

/** Registries say in many words that there is no such image, that it is not for us, or that they are not there now. */
export function imageFault(image: string, { why, said }: Said): BrokerError {
  const told = (word: string, template: string) => reason(word, template, { image, said: said.slice(0, 500) }, { level: 'ERROR', path: 'executable.image.locations[0]' });
  if (why === 'CreateContainerConfigError') return new BrokerError('conflict', 'caller', [told('not-allowed-to-start', "'{image}' may not start so: {said}")]);
  if (/no such host|refused|timed? ?out|unreachable|reset|EOF|5\d\d /i.test(said)) return new BrokerError('unavailable', 'time', [told('registry-unreachable', "'{image}' can not be brought now: {said}")]);
  // Runtimes say of it that it is not found, too.
  if (/no match for platform/i.test(said)) return new BrokerError('conflict', 'caller', [told('platform-refused', "'{image}' is not made for the processors of this cluster: {said}")]);
  if (/not found|manifest unknown|name unknown/i.test(said)) return new BrokerError('not-found', 'caller', [told('image-not-found', "there is no image '{image}' for this cluster: {said}")]);
  if (/denied|unauthorized|authentication|forbidden/i.test(said)) return new BrokerError('forbidden', 'caller', [told('image-forbidden', "the registry does not give '{image}' to this cluster: {said}")]);
  if (why === 'InvalidImageName') return new BrokerError('conflict', 'caller', [told('image-malformed', "'{image}' is not the name of an image: {said}")]);
  return new BrokerError('unavailable', 'time', [told('registry-unreachable', "'{image}' can not be brought now: {said}")]);
}
