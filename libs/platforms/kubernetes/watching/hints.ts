/** Watches of Jobs and pods as hints that a session moved, and as what the mirror shows. Lists still tell the truth, so a lost event costs some seconds at most. */
import type { KubernetesObject } from '@kubernetes/client-node';
import type { SessionId } from '#model';
import type { PlatformHost } from '#plugin-sdk';
import { queryOf } from '../kubernetes.client.js';
import type { KubernetesClient } from '../kubernetes.client.js';
import { Mirror } from './mirror.js';
import type { Mirrored } from './mirror.js';
import { selectorOf, sessionOf } from '../names.js';
import { NativeFault } from '../api/native-fault.js';

/** Pause before a watch that broke off is opened again. */
const pause = 1_000;

interface WatchEvent { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'; readonly object: KubernetesObject & { readonly code?: number; readonly message?: string } }

export async function* hintsOf(client: KubernetesClient, host: PlatformHost, signal: AbortSignal, mirror = new Mirror()): AsyncIterable<SessionId> {
  const queue = new Queue(signal);
  const watches = (['Job', 'Pod'] as const).map((kind) => keepWatching(kind, client, host, { queue, signal, mirror }));
  yield* queue.drain();
  await Promise.all(watches);
}

interface Listening { readonly queue: Queue; readonly signal: AbortSignal; readonly mirror: Mirror }

/** Until the signal aborts. Goes on where it was; from the present state where the server does not remember that (410). */
async function keepWatching(kind: Mirrored, client: KubernetesClient, host: PlatformHost, { queue, signal, mirror }: Listening): Promise<void> {
  let version: string | undefined;
  while (!signal.aborted) {
    try {
      const query = queryOf({ watch: true, allowWatchBookmarks: true, labelSelector: selectorOf(host.instance), resourceVersion: version });
      const lines = client.lines(client.path(kind) + query, signal, () => { mirror.opened(kind); });
      for await (const line of lines) {
        const event = JSON.parse(line) as WatchEvent;
        version = versionOf(event);
        pass(event, kind, { queue, mirror });
      }
    } catch (fault) {
      if (fault instanceof NativeFault) version = undefined;
      if (!signal.aborted) host.log.debug('a watch broke off', { kind, fault: String(fault) });
    }
    mirror.broken(kind);
    await host.clock.sleep(pause, signal).catch((fault: unknown) => { if (!signal.aborted) throw fault; });
  }
}

/** Throws what the server says within the stream. */
function versionOf({ type, object }: WatchEvent): string | undefined {
  if (type === 'ERROR') throw new NativeFault(object.code ?? 0, type, object.message ?? 'a watch ended');
  return object.metadata?.resourceVersion;
}

function pass({ type, object }: WatchEvent, kind: Mirrored, { queue, mirror }: Pick<Listening, 'queue' | 'mirror'>): void {
  const session = sessionOf(object);
  if (type === 'BOOKMARK' || session === undefined) return;
  if (type === 'DELETED') mirror.toldDeleted(kind, object);
  else mirror.told(kind, object);
  queue.put(session);
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
