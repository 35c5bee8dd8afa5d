/** What `eb check --live` says of a cluster, against what its commands print; on a real Slurm: test/live/slurm/cases.spec.ts. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Finding } from '#plugin-sdk';
import { testHost } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { slurmPlugin } from './index.js';

const hosts = `${['n1|main*|idle|8|16384|(null)|7-00:00:00|up', 'n1|short|idle|8|16384|(null)|1:00:00|up', 'n2|long|idle|8|16384|(null)|infinite|up'].join('\n')}\n`;

describe('a live check', () => {
  let host: TestHost;
  let refusals: Readonly<Record<string, string>>;

  beforeEach(async () => {
    refusals = {};
    host = await testHost({ clock: HandClock.at('2030-06-03T08:00:00Z'), instance: 'bed', run: (argv) => {
      const words = argv.join(' ');
      const [refused] = Object.keys(refusals).filter((part) => words.includes(part));
      if (words.includes('--test-only') && refused !== undefined) return Promise.resolve({ code: 1, stdout: '', stderr: refusals[refused] ?? '' });
      const stdout = words.includes('sinfo --version') ? 'slurm-wlm 22.05.8\n' : words.includes(' sinfo ') ? hosts : '';
      return Promise.resolve({ code: 0, stdout, stderr: '' });
    } });
  });
  afterEach(async () => { await host.close(); });

  const findings = async (about: RegExp, more: Readonly<Record<string, unknown>>): Promise<readonly Finding[]> => {
    const config = { folder: join(host.folder, 'shared'), partitions: [{ name: 'main' }], commands: { sh: { path: '/bin/sh' } }, users: { asUser: ['runuser', '-u', '{user}', '--'], map: { '*': { user: 'alice' } } }, ...more };
    const all = await slurmPlugin.create(slurmPlugin.parseConfig(config), host).check?.() ?? [];
    return all.filter((one) => about.test(one.about));
  };

  test('tells that a partition offers nothing when its hosts count for an earlier one', async () => {
    const told = await findings(/^partition/, { partitions: [{ name: 'main' }, { name: 'short' }, { name: 'long' }] });
    expect(told.map(({ verdict }) => verdict)).toEqual(['good', 'bad', 'good']);
    expect(told[1]?.seen).toBe('nothing is offered of it: its hosts count for main already');
  });

  test('asks for each account that is named whether its jobs would be taken, and says what grants it', async () => {
    refusals = { '--account=survey': 'allocation failure: Invalid account or account/partition combination specified\n', '--partition=long': 'allocation failure: Requested nodes are busy\n' };
    const map = { 'local:al': { user: 'alice', account: 'survey' }, 'local:bo': { user: 'bob' }, 'local:*': { user: '{*}' } };
    const told = await findings(/^jobs/, { partitions: [{ name: 'main' }, { name: 'long' }], users: { asUser: ['sudo', '-u', '{user}', '--'], map } });
    expect(told.map(({ about, verdict }) => [about, verdict])).toEqual([
      ['jobs of alice for survey in main', 'bad'], ['jobs of alice for survey in long', 'bad'], ['jobs of bob in main', 'good'], ['jobs of bob in long', 'doubtful'],
    ]);
    expect(told[0]).toMatchObject({ seen: expect.stringContaining('Invalid account') as string, fix: expect.stringContaining('sacctmgr add user alice Account=survey') as string });
  });
});
