/** Output of a payload as it comes; when the stream breaks off it goes on after the last line that was had. */
import type { V1Pod } from '@kubernetes/client-node';
import type { Clock, Instant, Log, Milliseconds } from '#model';
import { queryOf } from '../kubernetes.client.js';
import type { KubernetesClient } from '../kubernetes.client.js';
import { hasBegun, isOver, payloadContainer } from '../kubernetes.states.js';
import { isStatus, NativeFault } from '../api/native-fault.js';
import { mayPass, patiently } from '../api/patience.js';
import { nameOf } from '../watching/reading.js';

export interface Following { readonly follow: boolean; readonly signal: AbortSignal; readonly clock: Clock; readonly log: Log; /** The payload's pod as it is now. */ find(): Promise<V1Pod | undefined> }

const pause = 500;
/** A server that is away is waited for so long: output that is not read when the session ends is lost. */
const most = 30_000;
/** A right that is missing after so long is missing, not only not known yet. */
const deniedAfter = 5_000;

export async function* outputOf(client: KubernetesClient, { follow, signal, clock, log, find }: Following): AsyncIterable<string> {
  const seen = new LastLine();
  const breaks = new Breaks(clock);
  while (!signal.aborted) {
    const pod = await patiently({ clock, most, signal }, find);
    const state = stateOf(pod);
    if (pod !== undefined && state.hasOutput) {
      const [lines, following] = [seen.lines, follow && !state.isOver];
      const broken = yield* read(client, pod, { follow: following, signal, seen });
      if (breaks.isOver(broken, { following, payloadIsOver: state.isOver, hadLines: seen.lines > lines, log })) return;
    } else if (!follow || state.isOver) {
      return;
    }
    await rest(clock, signal);
  }
}

async function rest(clock: Clock, signal: AbortSignal): Promise<void> {
  await clock.sleep(pause, signal).catch((fault: unknown) => { if (!signal.aborted) throw fault; });
}

/** Streams may break off as often as they like while lines come, or for a while. */
class Breaks {
  private since: Instant | undefined;

  constructor(private readonly clock: Clock) {}

  /**
   * True when all is read, when there is no right to read, or when the node of what has ended can't be asked: a session without output is better
   * than none, and one that is never released. Throws what will not pass, or has not.
   */
  isOver(broken: unknown, { following, payloadIsOver, hadLines, log }: { readonly following: boolean; readonly payloadIsOver: boolean; readonly hadLines: boolean; readonly log: Log }): boolean {
    if (broken === undefined || hadLines) this.since = undefined;
    if (broken === undefined) return !following;
    this.since ??= this.clock.now();
    const lasts = this.clock.now() - this.since;
    if (payloadIsOver && isNodeAway(broken) && lasts >= most) {
      log.warn('the node of what has ended can not be asked for output; what is not read is lost', { fault: String(broken) });
      return true;
    }
    if (!isStatus(broken, 403)) return this.throwLasting(broken, lasts);
    if (lasts >= deniedAfter) log.warn("output may not be read; grant 'get pods/log'", { fault: String(broken) });
    return lasts >= deniedAfter;
  }

  private throwLasting(broken: unknown, lasts: Milliseconds): false {
    if (!mayPass(broken) || lasts >= most) throw broken instanceof Error ? broken : new Error(String(broken));
    return false;
  }
}

/** Said by a server that answers, but can't ask the node: its kubelet is away, or the node never had an address. */
function isNodeAway(fault: unknown): boolean {
  return fault instanceof NativeFault && /containerLogs|no preferred addresses/.test(fault.message);
}

/** A pod that is not there has no output any more, or none yet: a follower of something not yet started comes too early. */
function stateOf(pod: V1Pod | undefined): { readonly hasOutput: boolean; readonly isOver: boolean } {
  return pod === undefined ? { hasOutput: false, isOver: true } : { hasOutput: hasBegun(pod), isOver: isOver(pod) };
}

interface Reading { readonly follow: boolean; readonly signal: AbortSignal; readonly seen: LastLine }

/** Undefined when it came to its end; else what it broke off with. */
async function* read(client: KubernetesClient, pod: V1Pod, { follow, signal, seen }: Reading): AsyncGenerator<string, unknown> {
  const query = queryOf({ container: payloadContainer, timestamps: true, follow: follow ? true : undefined, sinceTime: seen.second() });
  try {
    for await (const line of client.lines(client.path('Pod', nameOf(pod), 'log') + query, signal)) {
      const text = seen.take(line);
      if (text !== undefined) yield `${text}\n`;
    }
    return undefined;
  } catch (fault) {
    // Without its pod or container (any more, yet) there is nothing to read; the loop looks again.
    return signal.aborted || isStatus(fault, 404) || isStatus(fault, 400) ? undefined : fault;
  }
}

/** Lines come with the instant that they were written at, to the nanosecond. */
class LastLine {
  private stamp = '';
  /** Lines that were written at that very instant. */
  private count = 0;
  private repeated = 0;
  /** So many were had. */
  lines = 0;

  /** The text of a line; undefined when it was had before. */
  take(line: string): string | undefined {
    const space = line.indexOf(' ');
    const [stamp, text] = space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)];
    if (stamp < this.stamp) return undefined;
    if (stamp === this.stamp) {
      this.repeated += 1;
      if (this.repeated <= this.count) return undefined;
      this.count = this.repeated;
    } else {
      this.stamp = stamp;
      this.count = 1;
      this.repeated = 1;
    }
    this.lines += 1;
    return text;
  }

  /** Begin of the stream that is read next: `sinceTime` knows whole seconds only. */
  second(): string | undefined {
    this.repeated = 0;
    return this.stamp === '' ? undefined : `${this.stamp.slice(0, 19)}Z`;
  }
}
