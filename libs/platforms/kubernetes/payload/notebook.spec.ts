import type { V1Secret } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import type { Executable, PoolId } from '#model';
import { kinds } from '#model';
import { aDraft, aPlan, quietWork, testHost } from '#plugin-sdk/testing';
import { silentLog } from '#runtime';
import { HandClock } from '#runtime/testing';
import { parseKubernetesConfig } from '../config.js';
import { jobOf } from '../steps/job.js';
import { KubernetesClient } from '../kubernetes.client.js';
import { judgeNotebook, notebookSecret, withContainer } from './notebook.js';
import { Tokens } from '../ways-in/tokens.js';

const config = parseKubernetesConfig({ namespace: 'eb', pools: [{ name: 'cpu' }], notebook: { image: 'quay.io/jupyter/minimal-notebook:2025-10-01' } });
const notebook = (location: string): Executable => ({ kind: kinds.jupyterNotebook, location });
const planOf = (location: string) => aPlan(aDraft(notebook(location)), { platform: 'bed', pools: ['bed/cpu' as PoolId], start: Date.parse('2030-06-03T08:00:00Z'), length: 60_000 });
const address = 'https://example.org/a/first%20look.ipynb';
const plain = 'https://example.org/first.ipynb';

describe('a notebook', () => {
  test.for(['', 'first.ipynb', 'file:///etc/passwd', 'javascript:alert(1)'])('at %j is refused, with how it is written', (location) => {
    expect(judgeNotebook(notebook(location))).toMatchObject([{ path: 'executable.location' }]);
  });

  test('runs in the configured image, reached at its own page, with a token that is in no object but the Secret', () => {
    const plan = withContainer(planOf(plain), config);
    expect(plan.executable.network?.ports).toEqual([{ access: true, internal: { port: 8888 }, protocol: 'HTTP', path: '/lab/tree/first.ipynb?token={token}' }]);
    const job = jobOf(plan, config, { maker: { instance: 'bed' }, now: plan.run.start, isComplete: false, ahead: 0 });
    const [container] = job.spec?.template.spec?.containers ?? [];
    expect(container).toMatchObject({ image: 'quay.io/jupyter/minimal-notebook:2025-10-01', command: ['jupyter'], workingDir: '/notebooks' });
    expect(container?.args).toContain('--port=8888');
    expect(JSON.stringify(job)).not.toContain(plan.executable.environment?.['JUPYTER_TOKEN']);
    expect(job.spec?.template.spec?.initContainers?.[0]?.command).toEqual(['/bin/cp', '/.execution-broker/notebook/notebook', '/notebooks/first.ipynb']);
  });

  test('whose name is no name of a file gets one that is', () => {
    expect(withContainer(planOf(address), config).executable.network?.ports?.[0]?.path).toBe('/lab/tree/notebook.ipynb?token={token}');
  });

  test('has another token each time it is prepared', () => {
    const tokens = [1, 2].map(() => withContainer(planOf(plain), config).executable.environment?.['JUPYTER_TOKEN']);
    expect(new Set(tokens).size).toBe(2);
  });

  test('is fetched while preparing, and refused when it is too large for a Secret', async () => {
    const host = await testHost({ clock: HandClock.at('2030-06-03T08:00:00Z'), instance: 'bed', data: new Map([[plain, Buffer.from('{}')], [address, Buffer.alloc(1_000_001)]]) });
    expect(await notebookSecret(planOf(plain), config, host, quietWork())).toEqual({ notebook: Buffer.from('{}').toString('base64') });
    await expect(notebookSecret(planOf(address), config, host, quietWork())).rejects.toMatchObject({ fixer: 'caller', reasons: [{ path: 'executable.location' }] });
    await host.close();
  });
});

describe('the way in of a notebook', () => {
  const { session } = planOf(plain);
  const seen = { seen: 'running', connectors: [{ kind: 'k', protocol: 'HTTP', location: 'http://10.96.0.7:8888/lab/tree/first.ipynb?token={token}', status: 'AVAILABLE' }] } as const;
  const tokensOver = (answers: readonly (V1Secret | Error)[]) => {
    let count = 0;
    const client = new KubernetesClient(() => {
      const answer = answers[count];
      count += 1;
      return answer instanceof Error || answer === undefined ? Promise.reject(answer ?? new Error('asked again')) : Promise.resolve({ status: 200, body: (async function* once() { yield await Promise.resolve(Buffer.from(JSON.stringify(answer))); })() });
    }, 'eb', HandClock.at('2030-06-03T08:00:00Z'));
    return new Tokens(client, silentLog);
  };

  test('has its token, which is read once', async () => {
    const tokens = tokensOver([{ data: { JUPYTER_TOKEN: Buffer.from('abc').toString('base64') } }]);
    const first = await tokens.fill(session, seen);
    expect(first).toMatchObject({ connectors: [{ location: 'http://10.96.0.7:8888/lab/tree/first.ipynb?token=abc' }] });
    expect(await tokens.fill(session, seen)).toEqual(first);
  });

  test('is not shown while its token can not be read', async () => {
    expect(await tokensOver([new Error('refused')]).fill(session, seen)).toEqual({ seen: 'running' });
  });
});
