/** Watches of Jobs and pods as hints that a session moved. `observe` still tells the truth, so a lost event costs a moment only. */
import type { KubernetesObject } from '@kubernetes/client-node';
import type { SessionId } from '#model';
import type { PlatformHost } from '#plugin-sdk';
import { queryOf } from './kubernetes.client.js';
import type { KubernetesClient, ObjectKind } from './kubernetes.client.js';
import { selectorOf, sessionOf } from './names.js';
import { NativeFault } from './native-fault.js';

/** Pause before a watch that broke off is opened again. */
const pause = 1_000;

interface WatchEvent { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'; readonly object: KubernetesObject & { readonly code?: number; readonly message?: string } }

export async function* hintsOf(client: KubernetesClient, host: PlatformHost, signal: AbortSignal): AsyncIterable<SessionId> {
  const queue = new Queue(signal);
  const watches = (['Job', 'Pod'] as const).map((kind) => keepWatching(kind, client, host, { queue, signal }));
  yield* queue.drain();
  await Promise.all(watches);
}

interface Listening { readonly queue: Queue; readonly signal: AbortSignal }

/** Until the signal aborts. Goes on where it was; from the present state where the server does not remember that (410). */
async function keepWatching(kind: ObjectKind, client: KubernetesClient, host: PlatformHost, { queue, signal }: Listening): Promise<void> {
  let version: string | undefined;
  while (!signal.aborted) {
    try {
      const query = queryOf({ watch: true, allowWatchBookmarks: true, labelSelector: selectorOf(host.instance), resourceVersion: version });
      for await (const line of client.lines(client.path(kind) + query, signal)) version = take(JSON.parse(line) as WatchEvent, queue);
    } catch (fault) {
      if (fault instanceof NativeFault) version = undefined;
      if (!signal.aborted) host.log.debug('a watch broke off', { kind, fault: String(fault) });
    }
    await host.clock.sleep(pause, signal).catch((fault: unknown) => { if (!signal.aborted) throw fault; });
  }
}

/** Version of what was seen. Throws what the server says within the stream. */
function take({ type, object }: WatchEvent, queue: Queue): string | undefined {
  if (type === 'ERROR') throw new NativeFault(object.code ?? 0, type, object.message ?? 'a watch ended');
  const session = sessionOf(object);
  if (type !== 'BOOKMARK' && session !== undefined) queue.put(session);
  return object.metadata?.resourceVersion;
}

/** Hints that nobody has taken yet, each session once. */
class Queue {
  private readonly waiting = new Set<SessionId>();
  private wake: () => void = () => undefined;

  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener('abort', () => { this.wake(); }, { once: true });
  }

  put(session: SessionId): void {
    this.waiting.add(session);
    this.wake();
  }

  async* drain(): AsyncIterable<SessionId> {
    while (!this.signal.aborted) {
      const [session] = this.waiting;
      if (session === undefined) {
        await new Promise<void>((resolve) => { this.wake = resolve; if (this.signal.aborted || this.waiting.size > 0) resolve(); });
      } else {
        this.waiting.delete(session);
        yield session;
      }
    }
  }
}
