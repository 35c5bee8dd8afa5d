/**
 * Native states as observations. Sources: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/ (phases, container states),
 * https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions, the kubelet's and the Job controller's reasons.
 */
import type { V1ContainerStateTerminated, V1ContainerStatus, V1Job, V1Pod } from '@kubernetes/client-node';
import type { Connector, Instant, Log, Milliseconds, Reason } from '#model';
import { reason } from '#model';
import type { Observation } from '#plugin-sdk';
import { cancelledNote, instantOf, noteOf, preparedNote, startsNote, waysNote } from './names.js';
import { conditionOf, isLeaving, isSuspended, phaseOf, refusalIn, saidOf, terminatedOf, waitingBefore, waitingOf } from './watching/reading.js';
import type { Said } from './watching/reading.js';

export const payloadContainer = 'payload';

export const podPhases: Readonly<Record<string, 'waiting' | 'running' | 'ended'>> = { Pending: 'waiting', Running: 'running', Succeeded: 'ended', Failed: 'ended' };

interface Meaning { readonly outcome: 'failed' | 'evicted'; readonly word: string; readonly text: string; readonly path?: string }
const failed = (word: string, text: string, path = 'executable'): Meaning => ({ outcome: 'failed', word, text, path });
const evicted = (word: string, text: string): Meaning => ({ outcome: 'evicted', word, text });

/** No native word: what was not deleted by us was deleted by somebody else. */
const deletedByOthers = 'DeletedByOthers';

/** Of a pod as a whole (status.reason), and why the cluster put one out (condition DisruptionTarget). */
export const podReasons: Readonly<Record<string, Meaning>> = {
  DeadlineExceeded: failed('time-limit', 'the session reached its time limit and was ended by its node'),
  Evicted: evicted('evicted', 'the node was short of resources and put the session out ({said})'),
  NodeLost: evicted('node-lost', 'the node of the session was lost'), NodeShutdown: evicted('node-shutdown', 'the node of the session was shut down'),
  Shutdown: evicted('node-shutdown', 'the node of the session was shut down'), Terminated: evicted('node-shutdown', 'the node of the session was shut down'),
  NodeAffinity: evicted('place-lost', 'the node does not fit the session any more ({said})'), OutOfcpu: evicted('place-lost', 'the place on the node was gone ({said})'),
  OutOfmemory: evicted('place-lost', 'the place on the node was gone ({said})'), OutOfpods: evicted('place-lost', 'the place on the node was gone ({said})'),
  UnexpectedAdmissionError: evicted('place-lost', 'the node did not take the session ({said})'), Preempting: evicted('preempted', 'the session had to make room for something more important'),
  PreemptionByScheduler: evicted('preempted', 'the session had to make room for something more important ({said})'),
  DeletionByTaintManager: evicted('node-lost', 'the node of the session does not answer or was closed ({said})'),
  EvictionByEvictionAPI: evicted('drained', 'the node of the session was drained ({said})'), DeletionByPodGC: evicted('node-lost', 'the node of the session is gone ({said})'),
  [deletedByOthers]: evicted('pod-deleted', 'the pod of the session was deleted on the cluster, not through this broker ({said})'),
  TerminationByKubelet: evicted('evicted', 'the node put the session out ({said})'),
};

/** Of a container that waits and will not come out of that by itself. What is not listed may still pass. */
export const hopeless: Readonly<Record<string, Meaning>> = {
  ImagePullBackOff: failed('image-not-brought', 'the image could not be brought: {said}', 'executable.image'),
  InvalidImageName: failed('image-malformed', 'the name of the image is not valid: {said}', 'executable.image.locations[0]'),
  ErrImageNeverPull: failed('image-missing', 'the image is not on the node, and it may not be brought: {said}', 'executable.image'),
  CreateContainerConfigError: failed('not-allowed-to-start', 'the container may not start so: {said}'),
  CreateContainerError: failed('command-not-found', 'the container could not be made: {said}', 'executable.command'),
  RunContainerError: failed('command-not-found', 'the command could not be run: {said}', 'executable.command'),
};

/** Of a container that has ended (state.terminated.reason), beside its exit code. */
export const ends: Readonly<Record<string, Meaning>> = {
  StartError: failed('command-not-found', 'the command could not be run: {said}', 'executable.command'),
  ContainerCannotRun: failed('command-not-found', 'the command could not be run: {said}', 'executable.command'),
  ContainerStatusUnknown: evicted('outcome-lost', 'the node lost the container and its exit code'),
};

export interface NativeView { readonly job: V1Job | undefined; readonly pod: V1Pod | undefined }
export interface Judging { readonly now: Instant; readonly patience: Milliseconds; readonly underway: boolean; /** Why the cluster makes no pod, in its words. */ readonly refused?: string | undefined }

/** The one place where states become observations. Warns once of what is not listed. */
export class StateTable {
  private readonly warned = new Set<string>();

  constructor(private readonly log: Log) {}

  observe(view: NativeView, how: Judging): Observation {
    const job = view.job !== undefined && isLeaving(view.job) ? undefined : view.job;
    if (view.pod !== undefined) return this.ofPod(view.pod, job, how);
    if (job === undefined) return { seen: how.underway ? 'preparing' : 'gone' };
    return ofJobAlone(job, how);
  }

  private ofPod(pod: V1Pod, job: V1Job | undefined, how: Judging): Observation {
    const meaning = podPhases[phaseOf(pod)];
    if (meaning === undefined) return this.unlisted(phaseOf(pod));
    // A pod that outlives its Job is on its way out.
    if (job === undefined) return { seen: meaning === 'running' && isRunning(pod) ? 'running' : 'gone' };
    if (isOver(pod)) return endOf(pod, job);
    // A node that is lost never says that its pod has ended.
    const disruption = isLeaving(pod) ? disruptionOf(pod) : undefined;
    if (disruption !== undefined) return because(disruption, undefined);
    if (isRunning(pod)) return { seen: 'running', ...waysInOf(job, pod, how.now) };
    // Its node has said that the container is over, and has yet to say it of the pod: with a slow API server that may take seconds.
    return hasBegun(pod) ? { seen: 'running' } : waiting(pod, job, how);
  }

  private unlisted(phase: string): Observation {
    if (!this.warned.has(phase)) this.log.warn('a pod is in a phase that is not listed', { phase });
    this.warned.add(phase);
    return { seen: 'unknown' };
  }
}

export function isCancelled(job: V1Job): boolean {
  return (noteOf(job, cancelledNote) ?? 'no') !== 'no';
}

export function payloadOf(pod: V1Pod): V1ContainerStatus | undefined {
  return pod.status?.containerStatuses?.find(({ name }) => name === payloadContainer);
}

/** True once the container has begun: then there is output, and something that can be asked to stop. */
export function hasBegun(pod: V1Pod): boolean {
  return isRunning(pod) || terminatedOf(payloadOf(pod)) !== undefined;
}

export function hasEnded(pod: V1Pod): boolean {
  return podPhases[phaseOf(pod)] === 'ended';
}

/** Containers that the cluster has put beside the payload (meshes and agents do) may run for ever: it is over without them. */
export function isOver(pod: V1Pod): boolean {
  return hasEnded(pod) || (terminatedOf(payloadOf(pod)) !== undefined && (pod.spec?.containers.length ?? 0) > 1);
}

function isRunning(pod: V1Pod): boolean {
  return payloadOf(pod)?.state?.running !== undefined;
}

/** A Job that was let go long ago, has come to no end, and has no pod. */
export function lacksPod({ job, pod }: NativeView, { now, patience }: Judging): boolean {
  return job !== undefined && pod === undefined && !isLeaving(job) && !isCancelled(job) && !isSuspended(job) && verdictOn(job) === undefined && now - sinceOf(job, job.status?.startTime) >= patience;
}

function verdictOn(job: V1Job): ReturnType<typeof conditionOf> {
  return ['Complete', 'Failed', 'FailureTarget'].map((type) => conditionOf(job, type)).find((one) => one !== undefined);
}

function ofJobAlone(job: V1Job, how: Judging): Observation {
  if (isCancelled(job)) return { seen: 'ended', outcome: 'cancelled' };
  const verdict = verdictOn(job);
  if (verdict !== undefined) return endOfJob(verdict.type, verdict.reason ?? '');
  if (isSuspended(job)) return { seen: noteOf(job, preparedNote) === 'yes' ? 'ready' : 'preparing' };
  if (!lacksPod({ job, pod: undefined }, how)) return { seen: 'queued' };
  const said = how.refused ?? 'most likely a quota or an admission rule is in the way';
  return { seen: 'ended', outcome: 'evicted', reason: reason('no-pod', 'the cluster makes no pod for the session: {said}', { said: said.slice(0, 1000) }, { level: 'ERROR', path: 'compute' }) };
}

/** Since when it is waited for: it may have been let go before its start. */
function sinceOf(job: V1Job, made: unknown): Instant {
  return Math.max(instantOf(made) ?? Number.POSITIVE_INFINITY, instantOf(noteOf(job, startsNote)) ?? 0);
}

/** The pod is gone, so its exit code and its output are too. */
function endOfJob(type: string, why: string): Observation {
  if (type === 'Complete') return { seen: 'ended', outcome: 'succeeded', exitCode: 0 };
  if (why === 'DeadlineExceeded') return because({ why: 'DeadlineExceeded', said: '' }, undefined);
  return because({ why: deletedByOthers, said: why }, undefined);
}

function endOf(pod: V1Pod, job: V1Job): Observation {
  const terminated = terminatedOf(payloadOf(pod));
  if (isCancelled(job)) return { seen: 'ended', outcome: 'cancelled', ...codeOf(terminated) };
  // The kernel may kill one process of several: the pod has then "succeeded" with exit code 0.
  if (terminated?.reason === 'OOMKilled') return outOfMemory(pod, terminated);
  const cause = causeOf(pod);
  if (cause !== undefined) return because(cause, terminated);
  return terminated === undefined ? because(saidOf(pod), undefined) : endOfContainer(terminated);
}

/** Why the cluster, not the payload, has ended it. */
function causeOf(pod: V1Pod): Said | undefined {
  const said = saidOf(pod);
  if (podReasons[said.why] !== undefined) return said;
  if (phaseOf(pod) === 'Succeeded') return undefined;
  return disruptionOf(pod) ?? (isLeaving(pod) ? { why: deletedByOthers, said: 'by hand, or by another program' } : undefined);
}

function disruptionOf(pod: V1Pod): Said | undefined {
  const found = conditionOf(pod, 'DisruptionTarget');
  return found && { why: found.reason ?? '', said: found.message ?? '' };
}

function codeOf(terminated: V1ContainerStateTerminated | undefined): { readonly exitCode?: number } {
  return terminated === undefined ? {} : { exitCode: terminated.exitCode };
}

function outOfMemory(pod: V1Pod, { exitCode }: V1ContainerStateTerminated): Observation {
  const limit = pod.spec?.containers.find(({ name }) => name === payloadContainer)?.resources?.limits?.['memory'] ?? 'all';
  return { seen: 'ended', outcome: 'failed', exitCode, reason: reason('out-of-memory', 'the payload used more than its {limit} of memory, and a process of it was killed', { limit, exitCode }, { level: 'ERROR', path: 'compute.memory' }) };
}

/** Exit codes above this are signals, as shells say it. */
const signalBase = 128;

function endOfContainer(terminated: V1ContainerStateTerminated): Observation {
  const { exitCode, message = '' } = terminated;
  const meaning = ends[terminated.reason ?? ''];
  if (meaning !== undefined) return { seen: 'ended', outcome: meaning.outcome, exitCode, reason: reasonOf(meaning, message) };
  if (exitCode === 0) return { seen: 'ended', outcome: 'succeeded', exitCode };
  const why = exitCode > signalBase
    ? reason('ended-by-signal', 'the payload was ended by signal {signal}', { signal: exitCode - signalBase, exitCode }, { level: 'ERROR', path: 'executable' })
    : reason('exit-code', 'the payload ended with exit code {exitCode}', { exitCode }, { level: 'ERROR', path: 'executable' });
  return { seen: 'ended', outcome: 'failed', exitCode, reason: why };
}

function waiting(pod: V1Pod, job: V1Job, { now, patience }: Judging): Observation {
  if (isCancelled(job) && isLeaving(pod)) return { seen: 'queued' };
  const own = waitingOf(payloadOf(pod));
  const before = own.why === 'PodInitializing' ? waitingBefore(pod) : own;
  const { why, said } = before.why === '' ? own : before;
  const lost = hopeless[why];
  if (lost !== undefined) return { seen: 'ended', outcome: lost.outcome, reason: reasonOf(lost, said) };
  if (now - sinceOf(job, pod.metadata?.creationTimestamp) < patience) return { seen: 'queued' };
  const refusal = refusalIn(pod);
  const reasons = refusal === undefined
    ? reason('not-started', 'the container did not start in time: {why} {said}', { why, said }, { level: 'ERROR', path: 'executable' })
    : reason('unschedulable', 'the cluster has no place for the session: {said}', { said: refusal }, { level: 'ERROR', path: 'compute' });
  return { seen: 'ended', outcome: 'evicted', reason: reasons };
}

function because({ why, said }: Said, terminated: V1ContainerStateTerminated | undefined): Observation {
  const meaning = podReasons[why] ?? evicted('evicted', `the session was ended by the cluster (${why === '' ? 'no reason was given' : why}: {said})`);
  return { seen: 'ended', outcome: meaning.outcome, reason: reasonOf(meaning, said), ...codeOf(terminated) };
}

function reasonOf({ word, text, path = 'compute' }: Meaning, said: string): Reason {
  return reason(word, text, { said: said.slice(0, 1000) }, { level: 'ERROR', path });
}

/** From a pod that is ready to rules on all nodes that lead to it: proxies write theirs once a second. */
const spreading = 2_000;

/** Usable when the node has seen that the payload answers (the pod is ready), and the service leads to it. */
function waysInOf(job: V1Job, pod: V1Pod, now: Instant): { readonly connectors?: readonly Connector[] } {
  const told = noteOf(job, waysNote);
  if (told === undefined) return {};
  const ready = conditionOf(pod, 'Ready');
  // Either side of it: the cluster's clock may be another one.
  const isOpen = ready !== undefined && Math.abs(now - (instantOf(ready.lastTransitionTime) ?? 0)) >= spreading;
  const ways = JSON.parse(told) as readonly Omit<Connector, 'status'>[];
  return { connectors: ways.map((way) => ({ ...way, status: isOpen && way.location !== '' ? 'AVAILABLE' : 'PREPARING' })) };
}
