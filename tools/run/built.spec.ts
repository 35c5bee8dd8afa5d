import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { programArguments, stamp } from './built.mjs';

let folder = '';
const fromSource = ['--import', 'tsx', 'apps/broker/src/main.ts'];
const built = ['dist/apps/broker/src/main.js'];

function write(path: string, at: number, text = ''): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  for (let part = file; part !== folder; part = dirname(part)) utimesSync(part, at, at);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eb-built-'));
  write('apps/broker/src/main.ts', 1000);
  write('libs/model/src/ids.ts', 1000);
});
afterEach(() => { rmSync(folder, { recursive: true }); });

describe('a program of ours', () => {
  it('is started from source where nothing is built', () => {
    expect(programArguments('apps/broker/src/main', folder)).toEqual(fromSource);
  });

  it('is started from a build that is newer than every source', () => {
    write(`dist/${stamp}`, 2000, '1500000');
    expect(programArguments('apps/broker/src/main', folder)).toEqual(built);
  });

  it('is started from source when one has changed since the build began, even if that was before it ended', () => {
    write(`dist/${stamp}`, 2000, '1500000');
    write('libs/model/src/ids.ts', 1600);
    expect(programArguments('apps/broker/src/main', folder)).toEqual(fromSource);
  });

  it('does not care for tests', () => {
    write(`dist/${stamp}`, 2000, '1500000');
    write('libs/model/src/ids.spec.ts', 1600);
    for (const part of ['libs/model/src', 'libs/model', 'libs']) utimesSync(join(folder, part), 1000, 1000);
    expect(programArguments('apps/broker/src/main', folder)).toEqual(built);
  });
});
