/** Output of a payload as it comes; when the stream breaks off it goes on after the last line that was had. */
import type { V1Pod } from '@kubernetes/client-node';
import type { Clock } from '#model';
import { queryOf } from './kubernetes.client.js';
import type { KubernetesClient } from './kubernetes.client.js';
import { hasBegun, hasEnded, payloadContainer } from './kubernetes.states.js';
import { isStatus, NativeFault } from './native-fault.js';
import { nameOf } from './reading.js';

export interface Following { readonly follow: boolean; readonly signal: AbortSignal; readonly clock: Clock; /** The payload's pod as it is now. */ find(): Promise<V1Pod | undefined> }

const pause = 500;

export async function* outputOf(client: KubernetesClient, { follow, signal, clock, find }: Following): AsyncIterable<string> {
  const seen = new LastLine();
  while (!signal.aborted) {
    const pod = await find();
    const state = stateOf(pod);
    if (pod !== undefined && state.hasOutput) {
      const isWhole = yield* read(client, pod, { follow: follow && !state.isOver, signal, seen });
      if (isWhole && (!follow || state.isOver)) return;
    } else if (!follow || state.isOver) {
      return;
    }
    await clock.sleep(pause, signal).catch((fault: unknown) => { if (!signal.aborted) throw fault; });
  }
}

/** A pod that is not there has no output any more, or none yet: a follower of something not yet started comes too early. */
function stateOf(pod: V1Pod | undefined): { readonly hasOutput: boolean; readonly isOver: boolean } {
  return pod === undefined ? { hasOutput: false, isOver: true } : { hasOutput: hasBegun(pod), isOver: hasEnded(pod) };
}

interface Reading { readonly follow: boolean; readonly signal: AbortSignal; readonly seen: LastLine }

/** True when it came to its end; false when it broke off. */
async function* read(client: KubernetesClient, pod: V1Pod, { follow, signal, seen }: Reading): AsyncGenerator<string, boolean> {
  const query = queryOf({ container: payloadContainer, timestamps: true, follow: follow ? true : undefined, sinceTime: seen.second() });
  try {
    for await (const line of client.lines(client.path('Pod', nameOf(pod), 'log') + query, signal)) {
      const text = seen.take(line);
      if (text !== undefined) yield `${text}\n`;
    }
    return true;
  } catch (fault) {
    // Without its pod or container (any more, yet) there is nothing to read; the loop looks again.
    if (signal.aborted || isStatus(fault, 404) || isStatus(fault, 400)) return true;
    if (!follow || fault instanceof NativeFault) throw fault;
    return false;
  }
}

/** Lines come with the instant that they were written at, to the nanosecond. */
class LastLine {
  private stamp = '';
  /** Lines that were written at that very instant. */
  private count = 0;
  private repeated = 0;

  /** The text of a line; undefined when it was had before. */
  take(line: string): string | undefined {
    const space = line.indexOf(' ');
    const [stamp, text] = space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)];
    if (stamp < this.stamp) return undefined;
    if (stamp === this.stamp) {
      this.repeated += 1;
      if (this.repeated <= this.count) return undefined;
      this.count = this.repeated;
      return text;
    }
    this.stamp = stamp;
    this.count = 1;
    this.repeated = 1;
    return text;
  }

  /** Begin of the stream that is read next: `sinceTime` knows whole seconds only. */
  second(): string | undefined {
    this.repeated = 0;
    return this.stamp === '' ? undefined : `${this.stamp.slice(0, 19)}Z`;
  }
}
