/** The checks, in the order in which they are shown. Each gives undefined or the text of what is wrong. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { executePackage } from '../run/execute.mjs';
import { root } from '../run/prepare.mjs';
import { findForbiddenText } from './forbidden-text.mjs';
import { compareSurface } from './surface.mjs';

const sources = ['apps', 'libs', 'openapi', 'test', 'bench', 'tools'].filter((folder) => existsSync(join(root, folder)));

export const checks = [
  { name: 'types', about: 'TypeScript, strict', run: () => outputOf('typescript/bin/tsc', ['-p', '.', '--noEmit', '--pretty', 'false']) },
  {
    name: 'lint', about: 'size budget, bans in pure layers',
    run: () => outputOf('eslint/bin/eslint.js', ['.', '--max-warnings', '0', '--cache', '--cache-location', 'node_modules/.cache/eslint/', '--cache-strategy', 'content']),
  },
  {
    name: 'imports', about: 'who may import whom',
    run: () => outputOf('dependency-cruiser/bin/dependency-cruise.mjs', ['--config', '.dependency-cruiser.mjs', '--output-type', 'err-long', ...sources]),
  },
  { name: 'surface', about: 'exported names as listed in test/architecture/surface', run: compareSurface },
  { name: 'text', about: 'no machine path, no registry host', run: findForbiddenText },
  {
    name: 'drift', about: 'OpenAPI document, types and wire shape; architecture suite', isSuite: true,
    run: () => outputOf('vitest/vitest.mjs', ['run', 'openapi', 'test/architecture']),
  },
];

/** Runs checks side by side, printing each as it ends. */
export function runChecks(wanted) {
  return Promise.all(wanted.map(async (check) => {
    const fault = await faultOf(check);
    console.log(`${fault === undefined ? 'ok  ' : 'FAIL'} ${check.name.padEnd(8)} ${check.about}`);
    if (fault !== undefined) console.log(fault.trimEnd().replace(/^/gm, '       '));
    return { name: check.name, ok: fault === undefined };
  }));
}

/** A check that breaks is a check that fails. */
async function faultOf(check) {
  try {
    return await check.run();
  } catch (error) {
    return error.stack ?? String(error);
  }
}

async function outputOf(script, args) {
  const done = await executePackage(script, args);
  return done.code === 0 ? undefined : done.text;
}
