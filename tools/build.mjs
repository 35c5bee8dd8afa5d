/**
 * `npm run build`: JavaScript in dist/, with a package.json whose `imports` lead to it, so that plain
 * `node dist/apps/broker/src/main.js` runs. Files that are read at run time are copied to the same places.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stamp } from './run/built.mjs';

const out = 'dist';
/** What plain Node has to find beside the code: documents that are served, and examples. */
const assets = ['openapi/execution-broker.yaml', 'apps/broker/src/command-launcher.mjs', 'deploy/examples', 'LICENSE'];
/** The launcher in the sources starts sources. */
const launcher = `#!/usr/bin/env node
import { main } from '../src/main.js';

process.exitCode = await main(process.argv.slice(2));
`;

const began = Date.now();
rmSync(out, { recursive: true, force: true });
const compiled = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

for (const asset of assets) {
  mkdirSync(dirname(join(out, asset)), { recursive: true });
  cpSync(asset, join(out, asset), { recursive: true });
}
writeFileSync(join(out, 'package.json'), `${JSON.stringify(builtPackage(JSON.parse(readFileSync('package.json', 'utf8'))), undefined, 2)}\n`);
mkdirSync(join(out, 'apps/cli/bin'), { recursive: true });
writeFileSync(join(out, 'apps/cli/bin/eb.mjs'), launcher, { mode: 0o755 });
cpSync('package-lock.json', join(out, 'package-lock.json'));
writeFileSync(join(out, stamp), String(began));
console.log(`built ${out}/; run it with node ${out}/apps/broker/src/main.js`);

/** The package as it runs: no development packages and scripts, front doors in JavaScript, none for tests. */
function builtPackage({ scripts: _scripts, devDependencies: _dev, imports, ...rest }) {
  const doors = Object.entries(imports).filter(([name]) => !name.endsWith('/testing'));
  return { ...rest, imports: Object.fromEntries(doors.map(([name, file]) => [name, file.replace(/\.ts$/, '.js')])) };
}
