import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Log } from '#model';
import { loadConfigText } from '../load-config.js';
import { ConfiguredMembers } from './configured-members.js';

const withMembers = (...names: readonly string[]): string => JSON.stringify({ aggregator: { name: 'ag' }, members: names.map((name) => ({ name, url: `https://${name}.example` })) });

interface Watched {
  readonly members: ConfiguredMembers;
  /** Names of what was taken, one list for each time. */
  readonly taken: (readonly string[])[];
  readonly errors: string[];
  write(text: string): Promise<void>;
}

/** A watch of a file, begun with what it says. */
async function watch(first: string): Promise<Watched> {
  const folder = await mkdtemp(join(tmpdir(), 'eb-configured-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'aggregator.json');
  let age = 0;
  // The time of the file shall differ however fast the test is.
  const write = async (text: string): Promise<void> => {
    await writeFile(file, text);
    await utimes(file, 1_000_000 + age, 1_000_000 + age);
    age += 1;
  };
  await write(first);
  const loaded = await loadConfigText(first, {});
  if (!loaded.ok) throw new Error('the first configuration is wrong');
  const [taken, errors]: [(readonly string[])[], string[]] = [[], []];
  const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: (message) => { errors.push(message); } };
  const members = new ConfiguredMembers({ file, environment: {}, log, used: loaded.value, take: (now) => { taken.push(now.members.map((one) => one.name)); } });
  return { members, taken, errors, write };
}

it('takes nothing from a file that stays as it was when we started, nor when only its time changes', async () => {
  const { members, taken, write } = await watch(withMembers('a'));
  await members.look();
  await write(withMembers('a'));
  await members.look();
  expect(taken).toEqual([]);
});

it('takes what changed between the start and the first look', async () => {
  const { members, taken, write } = await watch(withMembers('a'));
  await write(withMembers('a', 'b'));
  await members.look();
  await members.look();
  expect(taken).toEqual([['a', 'b']]);
});

it('keeps to what it has while the file is broken, says so once, and takes the mended one', async () => {
  const { members, taken, errors, write } = await watch(withMembers('a'));
  await members.look();
  await write('{ members: [');
  await members.look();
  await members.look();
  expect([taken, errors]).toEqual([[], ['the changed configuration is not used']]);
  await write(withMembers('b'));
  await members.look();
  expect(taken).toEqual([['b']]);
});
