/**
 * The last seconds before a booked start are waited for on the node: the session's pod is let go ahead, displaces its placeholder, and has
 * its network, its volumes and all that comes before the payload by the start. Its last container before the payload ends then (decision 0041).
 */
import type { V1Container, V1Job } from '@kubernetes/client-node';
import type { Instant, Milliseconds } from '#model';
import type { KubernetesConfig } from '../config.js';
import { toolSecurity } from './pod.js';

/** Pods are let go so long before their start: of many at once some are tried again, and the scheduler puts each off for longer every time, 10 s in the end. */
export const letGoAhead: Milliseconds = 20_000;
/** With less time than this left at preparing, nothing is gained: its node notices within a second that a container has ended. */
const leastGain: Milliseconds = 3_000;
const name = 'await-start';

/**
 * Until the node's clock shows the start, or `letGoAhead` has passed since the pod was let go, whatever that clock shows. Words: the start and the
 * most, in seconds. Short steps only in the last second, and asked to stop it stops at once.
 */
const script = `
b=/bin/busybox; start=$1; most=$2
trap 'exit 143' TERM
pause() { $b sleep "$1" & wait $!; }
left=$((start - $($b date +%s)))
[ $left -le $most ] || left=$most
[ $left -le 1 ] || pause $((left - 1))
tries=0
while [ $tries -lt 20 ] && [ "$($b date +%s)" -lt $start ]; do pause 0.1; tries=$((tries + 1)); done
exit 0`;

/** `payload`: whose size it may use. `ahead`: how far the cluster's clock is ahead of ours, by which starts are booked. */
interface Awaiting { readonly config: KubernetesConfig; readonly payload: V1Container; readonly ahead: Milliseconds }

/** What is put last before the payload: nothing where no place is held, or the start is too near. */
export function awaiting(start: Instant, now: Instant, { config, payload, ahead }: Awaiting): readonly V1Container[] {
  if (config.hold === undefined || start - now < leastGain) return [];
  const { cpu = '', memory = '' } = payload.resources?.limits ?? {};
  const resources = { requests: { cpu, memory }, limits: { cpu, memory } };
  const words = [Math.ceil((start + ahead) / 1000), letGoAhead / 1000].map(String);
  return [{ name, image: config.hold.image, command: ['/bin/busybox', 'sh', '-c', script, name, ...words], resources, securityContext: toolSecurity(config) }];
}

/** True when nothing of the payload runs before its start, however early the Job is let go. */
export function awaitsStart({ spec }: V1Job): boolean {
  return spec?.template.spec?.initContainers?.some((one) => one.name === name) ?? false;
}
