/** What the API server is asked, in its own words. Throws NativeFault for what it refuses, Unreachable when it does not answer. */
import type { KubernetesListObject, KubernetesObject } from '@kubernetes/client-node';
import type { Clock } from '#model';
import { NativeFault, Unreachable, unlessMissing } from './api/native-fault.js';
import { ServerClock } from './api/server-clock.js';
import type { NativeAnswer, NativeRequest, Transport } from './api/transport.js';

export type ObjectKind = 'Job' | 'Pod' | 'Service' | 'Secret' | 'ConfigMap' | 'PersistentVolumeClaim' | 'PersistentVolume' | 'NetworkPolicy' | 'Ingress' | 'Node' | 'ResourceQuota' | 'Event' | 'PriorityClass' | 'StorageClass' | 'EndpointSlice' | 'Gateway' | 'HTTPRoute' | 'Namespace' | 'LimitRange' | 'Lease';

const places: Readonly<Record<ObjectKind, { readonly api: string; readonly plural: string; readonly isGlobal?: boolean }>> = {
  Namespace: { api: '/api/v1', plural: 'namespaces', isGlobal: true }, LimitRange: { api: '/api/v1', plural: 'limitranges' },
  Gateway: { api: '/apis/gateway.networking.k8s.io/v1', plural: 'gateways' }, HTTPRoute: { api: '/apis/gateway.networking.k8s.io/v1', plural: 'httproutes' },
  Job: { api: '/apis/batch/v1', plural: 'jobs' }, Pod: { api: '/api/v1', plural: 'pods' }, Service: { api: '/api/v1', plural: 'services' },
  Secret: { api: '/api/v1', plural: 'secrets' }, ConfigMap: { api: '/api/v1', plural: 'configmaps' },
  PersistentVolume: { api: '/api/v1', plural: 'persistentvolumes', isGlobal: true },
  PersistentVolumeClaim: { api: '/api/v1', plural: 'persistentvolumeclaims' }, NetworkPolicy: { api: '/apis/networking.k8s.io/v1', plural: 'networkpolicies' },
  Ingress: { api: '/apis/networking.k8s.io/v1', plural: 'ingresses' }, Node: { api: '/api/v1', plural: 'nodes', isGlobal: true },
  ResourceQuota: { api: '/api/v1', plural: 'resourcequotas' }, Event: { api: '/api/v1', plural: 'events' },
  PriorityClass: { api: '/apis/scheduling.k8s.io/v1', plural: 'priorityclasses', isGlobal: true },
  StorageClass: { api: '/apis/storage.k8s.io/v1', plural: 'storageclasses', isGlobal: true }, EndpointSlice: { api: '/apis/discovery.k8s.io/v1', plural: 'endpointslices' },
  Lease: { api: '/apis/coordination.k8s.io/v1', plural: 'leases' },
};

/** Name of the owner of fields that are set by server-side apply. */
export const fieldManager = 'execution-broker';
/** Tries of a request that the server was too busy for, the first included. */
const tries = 4;
const pause = 250;
const longestPause = 5_000;

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export class KubernetesClient {
  /** Requests so far, those that were tried again included. */
  calls = 0;
  /** By all answers so far. */
  readonly serverClock = new ServerClock();
  private written: (kind: ObjectKind, object: KubernetesObject) => void = () => undefined;

  constructor(private readonly transport: Transport, readonly namespace: string, private readonly clock: Clock) {}

  /** The same server, in another namespace. */
  in(namespace: string): KubernetesClient {
    return new KubernetesClient(this.transport, namespace, this.clock);
  }

  /** What is made and changed by this client from now on, as the server answers. */
  tellOfWrites(written: (kind: ObjectKind, object: KubernetesObject) => void): void {
    this.written = written;
  }

  get<T extends KubernetesObject>(kind: ObjectKind, name: string): Promise<T | undefined> {
    return unlessMissing(this.ask<T>({ method: 'GET', path: this.path(kind, name) }));
  }

  /** All at once: the server answers from its cache, and pages of a list can expire between two of them. */
  list<T extends KubernetesObject>(kind: ObjectKind, query: Query = {}, everywhere = false): Promise<KubernetesListObject<T>> {
    const path = everywhere ? `${places[kind].api}/${places[kind].plural}` : this.path(kind);
    return this.ask<KubernetesListObject<T>>({ method: 'GET', path: path + queryOf(query) });
  }

  /** Server-side apply: makes it or brings it to this form; repeating it changes nothing. */
  apply<T extends KubernetesObject>(kind: ObjectKind, object: T & { readonly metadata: { readonly name: string } }): Promise<T> {
    const path = this.path(kind, object.metadata.name) + queryOf({ fieldManager, force: true });
    return this.write<T>(kind, { method: 'PATCH', path, body: object, contentType: 'application/apply-patch+yaml' });
  }

  create<T extends KubernetesObject>(kind: ObjectKind, object: T, query: Query = {}): Promise<T> {
    return this.write<T>(kind, { method: 'POST', path: this.path(kind) + queryOf({ fieldManager, ...query }), body: object });
  }

  merge(kind: ObjectKind, name: string, change: unknown): Promise<KubernetesObject> {
    return this.write(kind, { method: 'PATCH', path: this.path(kind, name) + queryOf({ fieldManager }), body: change, contentType: 'application/merge-patch+json' });
  }

  /** JSON patch: 422 when one of its tests fails. */
  edit(kind: ObjectKind, name: string, steps: readonly { readonly op: string; readonly path: string; readonly value?: unknown }[]): Promise<KubernetesObject> {
    return this.write(kind, { method: 'PATCH', path: this.path(kind, name) + queryOf({ fieldManager }), body: steps, contentType: 'application/json-patch+json' });
  }

  /** What is not there is deleted. A Job's default would orphan its pods, so the way is always said. */
  async delete(kind: ObjectKind, name: string, options: { readonly way?: 'Foreground' | 'Background'; readonly grace?: number } = {}): Promise<void> {
    const body = { propagationPolicy: options.way ?? 'Background', ...(options.grace === undefined ? {} : { gracePeriodSeconds: options.grace }) };
    await unlessMissing(this.ask({ method: 'DELETE', path: this.path(kind, name), body }));
  }

  /** True when we may; by the server's own judgement. */
  async may(verb: string, resource: { readonly group: string; readonly resource: string; readonly subresource?: string; readonly namespace?: string }): Promise<boolean> {
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: { verb, ...resource } } };
    const review = await this.ask<{ status?: { allowed?: boolean } }>({ method: 'POST', path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', body });
    return review.status?.allowed === true;
  }

  version(): Promise<{ readonly gitVersion: string }> {
    return this.ask({ method: 'GET', path: '/version' });
  }

  /** Lines of a stream until it ends or the signal aborts it. `opened` is called when the server has begun to answer. */
  async* lines(path: string, signal: AbortSignal, opened: () => void = () => undefined): AsyncIterable<string> {
    const answer = await this.send({ method: 'GET', path, signal, endless: true });
    if (answer.status >= 400) throw faultOf(answer, await textOf(answer.body));
    opened();
    const decoder = new TextDecoder();
    let rest = '';
    for await (const piece of unbroken(answer.body, signal)) {
      const parts = (rest + decoder.decode(piece, { stream: true })).split('\n');
      rest = parts.pop() ?? '';
      yield* parts;
    }
    if (rest !== '') yield rest;
  }

  path(kind: ObjectKind, name?: string, subresource?: string): string {
    const { api, plural, isGlobal } = places[kind];
    const space = isGlobal ? '' : `/namespaces/${this.namespace}`;
    return `${api}${space}/${plural}${name === undefined ? '' : `/${name}`}${subresource === undefined ? '' : `/${subresource}`}`;
  }

  private async write<T extends KubernetesObject>(kind: ObjectKind, request: NativeRequest): Promise<T> {
    const object = await this.ask<T>(request);
    this.written(kind, object);
    return object;
  }

  private async ask<T>(request: NativeRequest): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.send(request);
      const text = await textOf(answer.body);
      if (answer.status < 400) return JSON.parse(text) as T;
      const fault = faultOf(answer, text);
      // Said by the server before it did anything; every request of ours may be repeated anyway.
      if ((answer.status !== 429 && answer.status < 500) || attempt >= tries) throw fault;
      await this.clock.sleep(waitFor(answer, attempt));
    }
  }

  private async send(request: NativeRequest): Promise<NativeAnswer> {
    this.calls += 1;
    const asked = this.clock.now();
    try {
      const answer = await this.transport(request);
      if (answer.date !== undefined) this.serverClock.note(answer.date, asked, this.clock.now());
      return answer;
    } catch (fault) {
      request.signal?.throwIfAborted();
      throw new Unreachable(fault);
    }
  }
}

export function queryOf(query: Query): string {
  const words = Object.entries(query).filter(([, value]) => value !== undefined).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return words.length === 0 ? '' : `?${words.join('&')}`;
}

function waitFor({ retryAfter }: NativeAnswer, attempt: number): number {
  const told = Number(retryAfter) * 1000;
  return Math.min(longestPause, told > 0 ? told : pause * 2 ** (attempt - 1));
}

/** An answer that breaks off is none. */
async function* unbroken(body: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncIterable<Uint8Array> {
  try {
    yield* body;
  } catch (fault) {
    signal?.throwIfAborted();
    throw new Unreachable(fault);
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of unbroken(body)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

function faultOf(answer: NativeAnswer, text: string): NativeFault {
  const { reason = '', message = text.slice(0, 500) } = statusIn(text);
  return new NativeFault(answer.status, reason, message === '' ? `status ${answer.status}` : message);
}

/** Proxies before the server answer in plain text or HTML. */
function statusIn(text: string): { readonly reason?: string; readonly message?: string } {
  if (!text.startsWith('{')) return {};
  return JSON.parse(text) as { reason?: string; message?: string };
}
