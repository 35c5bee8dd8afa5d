/** The Job of a session: suspended until its start, one pod, one try. */
import type { V1Container, V1Job, V1PodSpec } from '@kubernetes/client-node';
import type { Executable, Instant, Milliseconds, Plan } from '#model';
import { formatInstant } from '#model';
import { accessPorts, imageReference, imageWish, transportOf } from '#plugin-sdk';
import { variablesOf, literal } from '../payload/environment.js';
import { awaiting, letGoAhead } from '../payload/awaiting.js';
import type { KubernetesConfig } from '../config.js';
import { besideGate, gatedPorts, gateParts } from '../ways-in/gate.js';
import { payloadContainer } from '../kubernetes.states.js';
import { aloneNote, cancelledNote, endsNote, jobName, labelsOf, preparedNote, roleLabel, sessionLabel, startsNote, takesNote } from '../names.js';
import type { Maker } from '../names.js';
import { countsOf } from '../capacity/object-counts.js';
import { affinityOf, placeOf, resourcesOf } from '../capacity/place.js';
import { isNotebook, notebookMounts, notebookParts } from '../payload/notebook.js';
import { containerSecurity, podDefaults } from '../payload/pod.js';
import { mountsOf, volumesOf } from '../storage/storage.js';

/** The broker ends a session at its time; these ends come behind it, for when there is no broker. */
const podSlack = 15;
const jobSlack = 60;
/** A Job that nobody releases is removed by the cluster itself. */
const keptAfterEnd = 24 * 3600;

/** `isComplete`: nothing else has to be made for it. `ahead`: how far the cluster's clock is ahead of ours. */
export interface Making { readonly maker: Maker; readonly now: Instant; readonly isComplete: boolean; readonly ahead: Milliseconds }

export function jobOf(plan: Plan, config: KubernetesConfig, { isComplete, ...making }: Making): V1Job & { metadata: { name: string } } {
  const labels = labelsOf({ session: plan.session, maker: making.maker, role: 'payload' });
  const starts = { [startsNote]: formatInstant(plan.run.start) };
  return {
    apiVersion: 'batch/v1', kind: 'Job',
    metadata: {
      name: jobName(plan.session), labels,
      annotations: { ...starts, [endsNote]: formatInstant(plan.run.end), [cancelledNote]: 'no', [preparedNote]: isComplete ? 'yes' : 'no', [aloneNote]: isComplete ? 'yes' : 'no', [takesNote]: JSON.stringify(countsOf(plan, config)) },
    },
    spec: {
      suspend: true, backoffLimit: 0, completions: 1, parallelism: 1, ttlSecondsAfterFinished: keptAfterEnd, podReplacementPolicy: 'Failed',
      template: { metadata: { labels, annotations: starts }, spec: podSpecOf(plan, config, making) },
    },
  };
}

/** From the start to the booked end, with what the broker itself may need. */
export function deadlineOf(ends: Instant, now: Instant): number {
  return Math.max(1, Math.ceil((ends - now) / 1000) + jobSlack);
}

function podSpecOf(plan: Plan, config: KubernetesConfig, { now, ahead }: Omit<Making, 'isComplete'>): V1PodSpec {
  const place = placeOf(plan, config);
  const { hold } = config;
  const { initContainers, volumes: notebookVolumes } = isNotebook(plan.executable) ? notebookParts(plan, config) : { initContainers: [], volumes: [] };
  const gate = gateParts(plan, config);
  const volumes = [...volumesOf(plan), ...notebookVolumes, ...gate.volumes];
  const payload = containerOf(plan, config);
  const wait = awaiting(plan.run.start, now, { config, payload, ahead });
  const before = [...gate.containers, ...initContainers, ...wait];
  const longest = plan.run.end - plan.run.start + (wait.length === 0 ? 0 : letGoAhead);
  return {
    ...podDefaults(config, place),
    // It has to displace its own placeholder, and nothing else: without that pod's place it fits nowhere, with it, it needs no other's.
    affinity: affinityOf(place, hold && { [sessionLabel]: plan.session, [roleLabel]: 'hold' }),
    ...(hold ? { priorityClassName: hold.sessionPriorityClass } : {}),
    activeDeadlineSeconds: Math.ceil(longest / 1000) + podSlack,
    terminationGracePeriodSeconds: Math.ceil(config.stopGrace / 1000),
    ...(before.length === 0 ? {} : { initContainers: before }), containers: [payload],
    ...(volumes.length === 0 ? {} : { volumes }),
  };
}

function containerOf(plan: Plan, config: KubernetesConfig): V1Container {
  const { executable } = plan;
  const own = isNotebook(executable) ? config.notebook : undefined;
  const whole = resourcesOf(plan.granted, config);
  const mounts = [...mountsOf(plan, config), ...(own ? notebookMounts(own) : [])];
  return {
    name: payloadContainer, image: imageReference(imageWish(executable)), env: variablesOf(plan), resources: gatedPorts(executable, config).length === 0 ? whole : besideGate(whole, plan.granted), securityContext: containerSecurity(config),
    ...(executable.entrypoint === undefined || executable.entrypoint === '' ? {} : { command: [literal(executable.entrypoint)] }),
    ...(executable.command === undefined ? {} : { args: executable.command.map(literal) }),
    ...(own && { workingDir: own.folder }), ...portsOf(executable),
    ...(mounts.length === 0 ? {} : { volumeMounts: mounts }),
  };
}

/** That the payload answers is seen by its node. */
function portsOf(executable: Executable): Pick<V1Container, 'ports' | 'readinessProbe'> {
  const ports = accessPorts(executable);
  const [first] = ports.filter((port) => transportOf(port) === 'TCP');
  return {
    ...(ports.length === 0 ? {} : { ports: ports.map((port) => ({ containerPort: port.internal?.port ?? 0, protocol: transportOf(port) })) }),
    ...(first === undefined ? {} : { readinessProbe: { tcpSocket: { port: first.internal?.port ?? 0 }, periodSeconds: 1, failureThreshold: 2 } }),
  };
}
