import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programPath } from './program-path.js';

describe('the program that a configuration means', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'eb-programs-'));
    writeFileSync(join(folder, 'tool'), '');
    chmodSync(join(folder, 'tool'), 0o755);
    writeFileSync(join(folder, 'notes'), '', { mode: 0o644 });
  });
  afterAll(() => { rmSync(folder, { recursive: true }); });

  it('is a bare name found in the search path', () => {
    expect(programPath('tool', `/nowhere:${folder}`)).toBe(join(folder, 'tool'));
  });

  it('is an absolute path as it is', () => {
    expect(programPath(join(folder, 'tool'), '')).toBe(join(folder, 'tool'));
  });

  it.each(['missing', 'notes', './tool', 'sub/tool'])('is never %s', (written) => {
    expect(programPath(written, folder)).toBeUndefined();
  });

  it('does not look into relative folders of the search path', () => {
    expect(programPath('tool', '.:bin')).toBeUndefined();
  });
});
