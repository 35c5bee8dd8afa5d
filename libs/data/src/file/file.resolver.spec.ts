import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DataResolver, Resolution } from '#plugin-sdk';
import { HandClock } from '#runtime/testing';
import { freshFolder, quiet, resolved, simpleData } from '../data.fixture.js';
import { filePlugin } from './file.resolver.js';

let base: string;
let resolver: DataResolver;

beforeEach(async () => {
  base = await freshFolder();
  await mkdir(join(base, 'root/sub'), { recursive: true });
  await writeFile(join(base, 'root/sub/a b.csv'), 'x,y\n');
  await writeFile(join(base, 'secret'), 'secret');
  await symlink(join(base, 'secret'), join(base, 'root/out'));
  await symlink('sub/a b.csv', join(base, 'root/in'));
  const config = filePlugin.parseConfig({ roots: [join(base, 'root')], maxBytes: 100 });
  resolver = filePlugin.create(config, { clock: new HandClock(0), log: quiet });
});

const url = (path: string): string => pathToFileURL(join(base, path)).href;
const resolve = (location: string): Promise<Resolution> => resolver.resolve(simpleData(location));
async function refusal(location: string): Promise<string | undefined> {
  const got = await resolve(location);
  return got.found ? undefined : got.reasons[0]?.kind.split(':').at(-1);
}

describe('file resolver', () => {
  it('finds a file below a root with its size and name, and streams it', async () => {
    const location = url('root/sub/a b.csv');
    expect(await resolve(location)).toMatchObject({ found: true, bytes: 4, fileName: 'a b.csv', locations: [location], warnings: [] });
    const opened = await resolver.open(resolved(location), new AbortController().signal);
    expect(await text(opened.stream)).toBe('x,y\n');
  });

  it('follows a link that stays below the root and refuses one that leads out', async () => {
    expect((await resolve(url('root/in'))).found).toBe(true);
    expect(await refusal(url('root/out'))).toBe('data-not-found');
    await expect(resolver.open(resolved(url('root/out')), new AbortController().signal)).rejects.toMatchObject({ word: 'not-found' });
  });

  it('refuses dots, encoded dots, other hosts, folders and files outside', async () => {
    expect(await refusal(`${url('root')}/../secret`)).toBe('location-malformed');
    expect(await refusal(`${url('root')}/%2e%2E/secret`)).toBe('location-malformed');
    expect(await refusal(`${url('root')}/..%2fsecret`)).toBe('location-malformed');
    expect(await refusal('file://elsewhere/etc/passwd')).toBe('location-malformed');
    expect(await refusal(url('root/sub'))).toBe('data-not-regular');
    expect(await refusal(url('secret'))).toBe('data-not-found');
    expect(await refusal('file:///dev/zero')).toBe('data-not-found');
  });

  it('refuses what is too large', async () => {
    await writeFile(join(base, 'root/big'), Buffer.alloc(101));
    expect(await refusal(url('root/big'))).toBe('data-too-large');
  });

  it('claims file URLs only', () => {
    expect(resolver.claims(simpleData('file:///x'))).toBe(true);
    expect(resolver.claims(simpleData('http://x/y'))).toBe(false);
  });

  it('wants absolute roots', () => {
    expect(() => filePlugin.parseConfig({ roots: ['data'] })).toThrow('roots.0');
    expect(() => filePlugin.parseConfig({})).toThrow('roots');
  });
});
