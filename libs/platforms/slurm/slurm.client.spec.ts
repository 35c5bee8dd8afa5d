import { describe, expect, test } from 'vitest';
import type { SessionId } from '#model';
import { Commands } from '#platforms/batch';
import { CommandLine } from './slurm.client.js';

const session = '52fe607a-a7a3-4dd7-b608-78c76ba0f801' as SessionId;

/** Refuses what names job 3. */
function cluster(): { readonly client: CommandLine; readonly asked: string[] } {
  const asked: string[] = [];
  const commands = new Commands((argv) => {
    const [, jobs = ''] = /JobId=([\d,]+)/.exec(argv.join(' ')) ?? [];
    asked.push(`${argv[1]} ${jobs}`);
    return Promise.resolve(jobs.split(',').includes('3') ? { code: 1, stdout: '', stderr: 'slurm_update error: Access/permission denied\n' } : { code: 0, stdout: '', stderr: '' });
  }, { prefix: ['as', 'broker'], asUser: ['as', '{user}'], environment: {} });
  return { client: new CommandLine(commands, 'bed'), asked };
}

describe('jobs whose time has come together', () => {
  const timed = (id: string, user: string): Parameters<CommandLine['letGo']>[0] => ({ id, session, user, isTimed: true });

  test('are let go by one command for each account', async () => {
    const { client, asked } = cluster();
    await Promise.all([timed('1', 'alice'), timed('2', 'alice'), timed('4', 'bob'), timed('2', 'alice')].map((job) => client.letGo(job)));
    expect(asked).toEqual(['alice 1,2', 'bob 4']);
  });

  test('are let go alone where one of them is refused, and only that one fails', async () => {
    const { client } = cluster();
    const outcomes = await Promise.allSettled(['1', '3', '5'].map((id) => client.letGo(timed(id, 'alice'))));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});
