import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kinds } from '#model';
import type { Executable } from '#model';
import { aDraft, aPlan, testHost } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { parseLocalConfig } from '../config.js';
import { localPlugin } from '../index.js';
import { archiveOf } from './archive.js';
import { createOptions, judgeContainer } from './container.assess.js';
import { textOf } from './frames.js';

const digest = `sha256:${'a'.repeat(64)}`;
const container = (more: Partial<Executable> = {}): Executable => ({ kind: kinds.dockerContainer, image: { locations: ['r.example.org:5000/sky/map:2'], digest }, ...more });
const config = (raw: Record<string, unknown> = {}) => parseLocalConfig({ containers: { architecture: 'amd64', ...raw } }).containers;
const paths = (executable: Executable, raw: Record<string, unknown> = {}): readonly unknown[] => judgeContainer(executable, config(raw)).map(({ path }) => path);

describe('a container that is asked for', () => {
  it('is refused with the path of each fault', () => {
    expect(paths(container())).toEqual([]);
    expect(paths(container({ privileged: true, image: { locations: ['r.example.org/x'], platform: { os: 'windows' } } }), { requireDigest: true, images: ['docker.io/*'] }))
      .toEqual(['executable.image.locations[0]', 'executable.image.digest', 'executable.image.platform.os', 'executable.privileged']);
    expect(paths(container({ network: { ports: [{ internal: { port: 80 } }, { internal: { port: 70_000 }, protocol: 'FTP', external: { addresses: ['1.2.3.4'] } }] } }))).toEqual([
      'executable.network.ports[1].internal.port', 'executable.network.ports[1].protocol', 'executable.network.ports[1].external.addresses',
    ]);
  });

  it('never gets more cores than the machine has, and no swap', () => {
    const draft = aDraft(container(), { need: { min: { cores: 1 }, max: { cores: 50, memory: 2 } } });
    const made = createOptions(aPlan(draft, { platform: 'here', start: 0 }), 'map', config(), { instance: 'here', cores: 2 });
    expect(made.HostConfig).toMatchObject({ NanoCpus: 2e9, Memory: 2 * 1024 ** 3, MemorySwap: 2 * 1024 ** 3, Privileged: false });
  });
});

describe('without a container runtime', () => {
  it('containers are declared but refused, naming the socket that was tried; sessions read unknown', async () => {
    const host = await testHost({ clock: new HandClock(0) });
    const platform = localPlugin.create(localPlugin.parseConfig({ containers: { socket: 'unix:///nowhere/runtime.sock' } }), host);
    expect((await platform.capabilities()).executables).toEqual([kinds.dockerContainer]);
    const answer = await platform.assess(aDraft(container({ image: { locations: ['map'] } })));
    expect(answer.fits ? [] : answer.reasons).toMatchObject([{ path: 'executable.kind', values: { tried: expect.stringContaining('/nowhere/runtime.sock') as string } }]);
    const handle = platform.handleOf(aPlan(aDraft(container()), { platform: 'tested', start: 0 }));
    expect((await platform.observe([handle])).get(handle.session)).toEqual({ seen: 'unknown' });
    await host.close();
  });
});

describe('output of a container', () => {
  it('is read from its frames however they are cut', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), async (texts, step) => {
      const frames = Buffer.concat(texts.map((text, at) => {
        const body = Buffer.from(text);
        const header = Buffer.alloc(8);
        header[0] = 1 + (at % 2);
        header.writeUInt32BE(body.length, 4);
        return Buffer.concat([header, body]);
      }));
      const pieces = (async function* () { for (let at = 0; at < frames.length; at += step) yield frames.subarray(at, at + step); })();
      let read = '';
      for await (const text of textOf(pieces)) read += text;
      expect(read).toBe(texts.join(''));
    }), { numRuns: 60 });
  });
});

describe('an archive', () => {
  it('is what tar reads, with long names and any size', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'eb-tar-'));
    for (const [name, bytes] of [['a.csv', 0], ['b c.csv', 511], ['ü.csv', 512], [`${'n'.repeat(150)}.csv`, 70_000]] as const) {
      const path = join(folder, 'source');
      await writeFile(path, Buffer.alloc(bytes, 120));
      execFileSync('tar', ['-x', '-C', folder], { input: await buffer(archiveOf({ name, path, bytes })) });
      expect(await readFile(join(folder, name))).toEqual(Buffer.alloc(bytes, 120));
    }
  });
});
