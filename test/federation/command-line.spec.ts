/** `eb admin members` against a real aggregator: who its members are is said, tried and taken back from the command line. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeBroker, aWireOfferSet, json } from '#client/testing';
import { main } from '../../apps/cli/src/main.js';
import { CapturedTerminal } from '../../apps/cli/src/testing/captured-terminal.js';
import { TestAggregator } from '../support/federation.js';
import { aRequest } from '../support/requests.js';

const cleanings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanings.splice(0).reverse()) await clean();
});

interface Said { readonly code: number; readonly out: string; readonly err: string }

async function commandLine(url: string): Promise<(user: string, ...argv: readonly string[]) => Promise<Said>> {
  const folder = await mkdtemp(join(tmpdir(), 'eb-cli-'));
  cleanings.push(() => rm(folder, { recursive: true }));
  return async (user, ...argv) => {
    const terminal = new CapturedTerminal({ EB_URL: url, XDG_CONFIG_HOME: folder, LANG: 'C.UTF-8', EB_PASSWORD: 'correct horse battery staple' });
    const code = await main(['--user', user, 'admin', 'members', ...argv], terminal);
    return { code, out: terminal.stdout, err: terminal.stderr };
  };
}

describe('eb admin members', () => {
  it('adds a member, tries it, shows it, asks it no more, and takes it out again', async () => {
    const broker = await new FakeBroker().start();
    cleanings.push(() => broker.stop());
    broker.on('POST /requests', json(200, aWireOfferSet()));
    const ag = await TestAggregator.start({ members: [] });
    cleanings.push(() => ag.stop());
    const eb = await commandLine(ag.url);
    expect(await eb('admin', 'add', 'north', broker.url)).toMatchObject({ code: 0, err: expect.stringContaining('added north') });
    expect((await eb('admin', 'list')).out).toMatch(/north +up/);
    expect((await eb('admin', 'test', 'north')).out).toContain('north: ');
    expect((await ag.as('alice').ask(aRequest())).offers).toHaveLength(1);
    expect((await eb('admin', 'drain', 'north')).err).toContain('asked no more');
    expect((await eb('admin', 'list')).out).toMatch(/north +up draining/);
    expect((await ag.as('alice').ask(aRequest())).result).toBe('NO');
    expect((await eb('admin', 'drain', 'north', '--undo')).err).toContain('asked again');
    expect((await eb('admin', 'remove', 'north')).code).toBe(0);
    expect((await eb('admin', 'list')).out).not.toContain('north');
  });

  it('is for administrators, and says so', async () => {
    const ag = await TestAggregator.start({ members: [] });
    cleanings.push(() => ag.stop());
    const eb = await commandLine(ag.url);
    const refused = await eb('alice', 'add', 'north', 'http://north.test');
    expect([refused.code === 0, refused.err]).toEqual([false, expect.stringMatching(/role|admin/)]);
  });
});
