/** What is told of a session when its folder and the cluster are read at different moments. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SessionId } from '#model';
import { reason } from '#model';
import type { Observation } from '#plugin-sdk';
import { testHost } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { Accounts } from './accounts.js';
import type { BatchDialect, NativeJob } from './dialect.js';
import { NativeJobs } from './native-jobs.js';

const session = '7f1b2c3d-0000-4000-8000-000000000001' as SessionId;
const handle = { session, version: 1, native: { user: 'alice' } };
let folder: string;
let host: TestHost;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'native-jobs-'));
  host = await testHost({ clock: new HandClock(0) });
  await mkdir(join(folder, session, 'run'), { recursive: true });
  for (const name of ['job.json', 'submitted', 'run/began']) await writeFile(join(folder, session, name), '');
});
afterEach(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

const payloadEnds = (code: number): Promise<void> => writeFile(join(folder, session, 'run/code'), `${code}\n`);
const failed: Observation = { seen: 'ended', outcome: 'failed', exitCode: 1, reason: reason('failed', 'the job failed (FAILED, NonZeroExitCode)', {}) };
const jobThat = (seen: Observation): NativeJob => ({ id: '1', session, user: 'alice', seen, state: seen.seen });

/** A cluster whose payload does something while it is asked. */
async function seenWhile(answer: readonly NativeJob[], meanwhile: () => Promise<void>): Promise<Observation | undefined> {
  const dialect: Pick<BatchDialect, 'list' | 'account'> = { list: async () => { await meanwhile(); return answer; }, account: () => Promise.resolve([]) };
  const config = { folder, waysIn: undefined, longestRun: Infinity, preparing: 0, remote: { prefix: [], asUser: [], environment: {} }, accounts: new Accounts([]), serviceUser: undefined, onEachHost: [], commands: new Map(), variables: [], docker: undefined, singularity: undefined, accelerators: [], mostHosts: 1, kept: undefined };
  return (await new NativeJobs({ config, dialect: dialect as BatchDialect, host }).see([handle])).get(session);
}

describe('a payload that ends after its folder was read and before the cluster answered', () => {
  test.for([['says that its job failed', [jobThat(failed)]], ['does not list its job any more', []]] as const)('has ended by its own exit code, though the cluster %s', async ([, answer]) => {
    expect(await seenWhile(answer, () => payloadEnds(0))).toEqual({ seen: 'ended', outcome: 'succeeded', exitCode: 0 });
  });
});

describe('a payload that has noted no end', () => {
  test('was cut off where the cluster says that its job failed, and has vanished where it lists none', async () => {
    const nothing = (): Promise<void> => Promise.resolve();
    expect(await seenWhile([jobThat(failed)], nothing)).toMatchObject({ outcome: 'evicted', reason: { kind: expect.stringMatching(/:cut-off$/) as string } });
    expect(await seenWhile([], nothing)).toMatchObject({ outcome: 'evicted', reason: { kind: expect.stringMatching(/:vanished$/) as string } });
  });
});
