import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { faultText, openConfiguration, parseConfiguration } from './configuration.js';
import type { Configuration } from './configuration.js';

const schema = {
  type: 'object', additionalProperties: false,
  properties: {
    http: {
      type: 'object', additionalProperties: false, default: {},
      properties: { host: { type: 'string', default: '127.0.0.1' }, port: { type: 'integer', minimum: 0, maximum: 65535, default: 8642 }, bodyLimit: { type: 'string', format: 'byte-size', default: '1 MiB' } },
    },
    level: { anyOf: [{ const: 'debug', type: 'string' }, { const: 'info', type: 'string' }], default: 'info' },
    grain: { type: 'string', format: 'iso-duration', default: 'PT5M' },
    database: {
      anyOf: [
        { type: 'object', properties: { url: { type: 'string', 'x-secret': true } }, required: ['url'], additionalProperties: false },
        { type: 'object', properties: { embedded: { type: 'object', properties: { folder: { type: 'string' } }, additionalProperties: false } }, required: ['embedded'], additionalProperties: false },
      ],
    },
    platforms: { type: 'array', default: [], 'x-unique-by': 'name', items: { type: 'object', required: ['name', 'type'], properties: { name: { type: 'string' }, type: { type: 'string', description: 'which plugin' } } } },
  },
} as const;

function opened(text: string, environment: Record<string, string> = {}): Configuration {
  const result = parseConfiguration(text, 'node.yaml', environment);
  if (!result.ok) throw new Error(result.faults.map(faultText).join('\n'));
  return result.value;
}

async function faultsOf(text: string, environment: Record<string, string> = {}): Promise<readonly string[]> {
  const form = parseConfiguration(text, 'node.yaml', environment);
  if (!form.ok) return form.faults.map(faultText);
  const checked = await form.value.check(schema);
  return checked.ok ? [] : checked.faults.map(faultText);
}

describe('a configuration file', () => {
  it('that is empty gives the defaults', async () => {
    expect(await opened('').check(schema)).toEqual({
      ok: true, value: { http: { host: '127.0.0.1', port: 8642, bodyLimit: '1 MiB' }, level: 'info', grain: 'PT5M', platforms: [] },
    });
  });

  it.each([
    ['http:\n  prot: 1\n', 'node.yaml:2:3: http.prot: is not known here; did you mean port?'],
    ['frobnicate: 1\n', 'node.yaml:1:1: frobnicate: is not known here; remove it; known here are http, level, grain, database, platforms'],
    ['http:\n  port: eight\n', "node.yaml:2:9: http.port: is 'eight', not a whole number; write a whole number"],
    ['http:\n  port: 70000\n', 'node.yaml:2:9: http.port: 70000 must be <= 65535; write a whole number'],
    ['level: inof\n', "node.yaml:1:8: level: 'inof' is not allowed; did you mean info? Allowed: debug, info"],
    ['grain: P5H\n', "node.yaml:1:8: grain: 'P5H' is not an ISO 8601 duration: hours follow a T, write PT5H; write text"],
    ['http: { bodyLimit: 1 MB per day }\n', "node.yaml:1:20: http.bodyLimit: '1 MB per day' is not a size; write for example 1 MiB; write text"],
    ['platforms:\n  - { name: here }\n', 'node.yaml:2:5: platforms[0].type: is missing; add type: text (which plugin)'],
    ['platforms:\n  - { name: a, type: x }\n  - { name: a, type: y }\n', "node.yaml:3:13: platforms[1].name: 'a' is there twice; give each its own name"],
    ['http: 5\n', 'node.yaml:1:7: http: is 5, not a group of keys; write a group of keys'],
    ['level: info\nlevel: debug\n', 'node.yaml:2:1: the same key is there twice; keep one of them'],
    ['- a\n- b\n', 'node.yaml:1:1: the file does not hold keys and values; begin with for example node:'],
  ])('%j is answered with line, fault and fix', async (text, expected) => {
    expect(await faultsOf(text)).toEqual([expected]);
  });

  it('names every fault, not only the first', async () => {
    expect(await faultsOf('http: { port: x, hots: y }\nlevel: loud\n')).toHaveLength(3);
  });

  it('explains the form that was meant when there are several', async () => {
    expect(await faultsOf('database:\n  embedded:\n    foldr: x\n')).toEqual(['node.yaml:3:5: database.embedded.foldr: is not known here; did you mean folder?']);
  });

  it('that breaks YAML names the line', async () => {
    const [fault] = await faultsOf('http:\n  host: "open\n');
    expect(fault).toMatch(/^node\.yaml:\d+:\d+: /);
  });

  it('that is a YAML bomb is refused', async () => {
    const bomb = ['a0: &a0 [x,x]', ...Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i},*a${i},*a${i}]`)].join('\n');
    expect((await faultsOf(bomb))[0]).toContain("aliases can't be resolved");
  });

  it('that is not there is a fault, not an exception', async () => {
    const result = await openConfiguration(join(tmpdir(), 'no-such-folder', 'node.yaml'), {});
    expect(result.ok ? [] : result.faults.map((fault) => fault.fault)).toEqual(["can't be read (ENOENT)"]);
  });

  it('has a section checked by the schema of its plugin, with positions in the file', async () => {
    const file = opened('platforms:\n  - name: here\n    type: local\n    coers: 4\n');
    const local = { type: 'object', properties: { cores: { type: 'integer' } }, additionalProperties: false };
    const checked = await file.check(local, { at: 'platforms[0]', without: ['name', 'type'] });
    expect(checked.ok ? [] : checked.faults.map(faultText)).toEqual(['node.yaml:4:5: platforms[0].coers: is not known here; did you mean cores?']);
  });

  it('gives a position to faults that a plugin found', () => {
    const file = opened('platforms:\n  - name: here\n    roots:\n      - /a\n      - /b\n');
    expect(file.faultAt('platforms[0].roots[1]', 'is no folder', 'make it')).toMatchObject({ line: 5, column: 9, path: 'platforms[0].roots[1]' });
    expect(file.faultAt('platforms.0.roots.1', 'is no folder', 'make it')).toMatchObject({ line: 5, column: 9 });
  });
});

describe('a secret', () => {
  const folders: string[] = [];
  afterEach(() => { for (const folder of folders.splice(0)) rmSync(folder, { recursive: true }); });

  it('comes from the environment', async () => {
    expect(await opened('database: { url: { env: DB } }', { DB: 'postgres://secret' }).check(schema)).toMatchObject({ ok: true, value: { database: { url: 'postgres://secret' } } });
  });

  it('comes from a file beside the configuration, without its last line end', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'eb-configuration-'));
    folders.push(folder);
    writeFileSync(join(folder, 'db.txt'), 'postgres://secret\n');
    writeFileSync(join(folder, 'node.yaml'), 'database: { url: { file: db.txt } }\n');
    const file = await openConfiguration(join(folder, 'node.yaml'), {});
    expect(file.ok && await file.value.check(schema)).toMatchObject({ ok: true, value: { database: { url: 'postgres://secret' } } });
  });

  it('that is missing is a fault naming the variable', async () => {
    expect(await faultsOf('database:\n  url: { env: DB }\n')).toEqual(['node.yaml:2:3: database.url: the environment variable DB is not set; set DB before the start, or write {file: PATH}']);
  });

  it('that is in a file which is missing is a fault naming the file', async () => {
    expect(await faultsOf('database:\n  url: { file: nowhere.txt }\n')).toEqual(["node.yaml:2:3: database.url: the file nowhere.txt can't be read (ENOENT); give the path of a file that this process may read"]);
  });

  it('that stands in the file itself is refused without repeating it', async () => {
    const faults = await faultsOf('database: { url: hunter2-hunter2 }\n');
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain('database.url');
    expect(faults[0]).not.toContain('hunter2');
  });

  it('may stand in the file where the schema says so', async () => {
    const open = { type: 'object', properties: { token: { anyOf: [{ type: 'string' }, { type: 'object', properties: { env: { type: 'string' } }, required: ['env'] }], 'x-secret': true } } };
    expect(await opened('token: abc').check(open)).toEqual({ ok: true, value: { token: 'abc' } });
    expect(await opened('token: { env: T }', { T: 'xyz' }).check(open)).toEqual({ ok: true, value: { token: 'xyz' } });
  });
});
