/** A server that is overloaded, restarted and cut off again and again, with its own memory: what is asked twice must not happen twice. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PoolId } from '#model';
import { kinds } from '#model';
import { aDraft, aPlan, quietWork, testHost } from '#plugin-sdk/testing';
import { HandClock, passing } from '#runtime/testing';
import { parseKubernetesConfig } from './config.js';
import { KubernetesClient } from './kubernetes.client.js';
import { KubernetesPlatform } from './kubernetes.platform.js';
import type { NativeAnswer, NativeRequest } from './api/transport.js';

interface Stored { readonly metadata: { readonly name: string; readonly labels?: Record<string, string>; readonly annotations: Record<string, string> }; readonly spec: { suspend?: boolean }; readonly status?: unknown }
interface Step { readonly op: string; readonly path: string; readonly value?: unknown }
interface Answer { readonly status: number; readonly body: unknown }

const missing: Answer = { status: 404, body: {} };

/** Jobs, their pods and network policies, as far as the platform asks for them. */
class SmallServer {
  readonly jobs = new Map<string, Stored>();
  readonly pods = new Map<string, Stored>();
  created = 0;
  began = 0;
  private readonly policies = new Map<string, unknown>();

  answer(request: NativeRequest): Answer {
    const [, plural, name] = /\/(jobs|pods|networkpolicies)(?:\/([^?/]+))?/.exec(request.path) ?? [];
    if (plural === 'networkpolicies') return this.policy(name ?? '', request);
    const store = plural === 'jobs' ? this.jobs : this.pods;
    if (name !== undefined) return this.one(store, name, request);
    return request.method === 'POST' ? this.create(request.body as Stored) : { status: 200, body: { items: [...store.values()] } };
  }

  private policy(name: string, { method, body }: NativeRequest): Answer {
    if (method === 'PATCH') this.policies.set(name, body);
    return this.policies.has(name) ? { status: 200, body: this.policies.get(name) } : missing;
  }

  private create(job: Stored): Answer {
    if (this.jobs.has(job.metadata.name)) return { status: 409, body: {} };
    this.created += 1;
    this.jobs.set(job.metadata.name, structuredClone(job));
    return { status: 201, body: job };
  }

  private one(store: Map<string, Stored>, name: string, { method, body }: NativeRequest): Answer {
    const found = store.get(name);
    if (found === undefined) return missing;
    if (method === 'PATCH') return Array.isArray(body) ? this.edit(found, body as readonly Step[]) : this.merge(found, body as Partial<Stored>);
    if (method === 'DELETE') this.remove(store, name);
    return { status: 200, body: found };
  }

  private edit(job: Stored, steps: readonly Step[]): Answer {
    if (steps.some(({ op, value }) => op === 'test' && job.metadata.annotations['execution-broker/cancelled'] !== value)) return { status: 422, body: {} };
    return this.suspend(job, steps.find(({ path }) => path === '/spec/suspend')?.value !== false);
  }

  private merge(job: Stored, { metadata, spec }: Partial<Stored>): Answer {
    Object.assign(job.metadata.annotations, metadata?.annotations);
    return this.suspend(job, spec?.suspend ?? job.spec.suspend === true);
  }

  /** What is let go makes its pod, which has done its work at once. */
  private suspend(job: Stored, suspended: boolean): Answer {
    if (!suspended && job.spec.suspend === true) {
      this.began += 1;
      const name = `${job.metadata.name}-${this.began}`;
      this.pods.set(name, { metadata: { ...job.metadata, name }, spec: {}, status: { phase: 'Succeeded', containerStatuses: [{ name: 'payload', state: { terminated: { exitCode: 0 } } }] } });
    }
    job.spec.suspend = suspended;
    return { status: 200, body: job };
  }

  private remove(store: Map<string, Stored>, name: string): void {
    store.delete(name);
    if (store === this.jobs) for (const pod of [...this.pods.keys()]) if (pod.startsWith(name)) this.pods.delete(pod);
  }
}

type Weather = 'calm' | 'refused' | 429 | 500 | 503 | 'answer lost' | 'cut';

async function* pieces(text: string, then?: Error): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
  if (then) throw then;
}

/** What the server does happens also when its answer is lost. */
function through(server: SmallServer, weather: () => Weather): (request: NativeRequest) => Promise<NativeAnswer> {
  return (request) => {
    const now = weather();
    if (now === 'refused') return Promise.reject(new Error('connect ECONNREFUSED'));
    if (typeof now === 'number') return Promise.resolve({ status: now, body: pieces(JSON.stringify({ kind: 'Status', message: 'storm' })) });
    const { status, body } = server.answer(request);
    if (now === 'answer lost') return Promise.reject(new Error('socket hang up'));
    return Promise.resolve({ status, body: now === 'cut' ? pieces('{"ite', new Error('other side closed')) : pieces(JSON.stringify(body)) });
  };
}

describe('in a storm', () => {
  const anyWeather = fc.array(fc.constantFrom<Weather>('refused', 429, 500, 503, 'answer lost', 'cut', 'calm', 'calm'), { minLength: 5, maxLength: 40 });

  test('a session is made once, runs once and leaves nothing, however often its steps are repeated', async () => {
    await fc.assert(fc.asyncProperty(anyWeather, async (days) => {
      const server = new SmallServer();
      const clock = HandClock.at('2030-06-03T08:00:00Z');
      let day = 0;
      const client = new KubernetesClient(through(server, () => days[day++] ?? 'calm'), 'eb', clock);
      const host = await testHost({ clock, instance: 'bed' });
      const config = parseKubernetesConfig({ namespace: 'eb', pools: [{ name: 'cpu', hosts: [{ name: 'node1', cores: 2, memory: 8 }] }] });
      const platform = new KubernetesPlatform({ config, client, host, uploads: { run: () => Promise.resolve('') }, close: () => Promise.resolve() });
      const plan = aPlan(aDraft({ kind: kinds.dockerContainer, image: { locations: ['busybox:1'] } }), { platform: 'bed', pools: ['bed/cpu.node1' as PoolId], start: clock.now(), length: 3_600_000 });
      const handle = platform.handleOf(plan);
      const insisting = async (step: () => Promise<unknown>): Promise<void> => {
        for (let done = false; !done;) done = await passing(clock, step()).then(() => true, (fault: unknown) => { expect(fault).toMatchObject({ fixer: 'time' }); return false; });
      };
      await insisting(() => platform.prepare(plan, quietWork()));
      await insisting(() => platform.start(handle));
      await insisting(() => platform.start(handle));
      expect([server.created, server.began]).toEqual([1, 1]);
      const seen = await passing(clock, platform.observe([handle]));
      expect(['ended', 'unknown']).toContain(seen.get(plan.session)?.seen);
      await insisting(() => platform.release(handle));
      expect([server.jobs.size, server.pods.size]).toEqual([0, 0]);
      await host.close();
    }), { numRuns: 60 });
  });
});
