/** The program `schemathesis` from PyPI, in an environment of its own in the user's cache: made once, never in the repository. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const version = '4.32.5';

/** Path of the program; installs it first where it is missing. Throws when it can't be had, and says what to do. */
export function schemathesis(): string {
  const home = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(home, 'execution-broker', `schemathesis-${version}`);
  const complete = join(folder, 'complete');
  if (!existsSync(complete)) {
    process.stderr.write(`installing schemathesis ${version}\n`);
    mkdirSync(folder, { recursive: true });
    run(['python3', '-m', 'venv', '--clear', folder], 'install python3 with its venv module (Debian: python3-venv)');
    run([join(folder, 'bin/pip'), 'install', '--quiet', '--disable-pip-version-check', `schemathesis==${version}`], 'check that the Python package index can be reached');
    writeFileSync(complete, '');
  }
  return join(folder, 'bin/schemathesis');
}

function run([program = '', ...words]: readonly string[], fix: string): void {
  const { status, error } = spawnSync(program, words, { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`${program} failed (${error?.message ?? `code ${String(status)}`}); ${fix}`);
}
