import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './prepare.mjs';

/** Runs a program to its end and gives its exit code and output; never throws. A program that can't be started has code 127. */
export function execute(program, args, options = {}) {
  return new Promise((resolve) => {
    let text = '';
    const child = spawn(program, args, { cwd: root, ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (piece) => { text += piece; });
    child.stderr.on('data', (piece) => { text += piece; });
    child.on('error', (error) => { resolve({ code: 127, text: `${program}: ${error.message}` }); });
    child.on('close', (code) => { resolve({ code: code ?? 1, text }); });
  });
}

/** Runs the script of an installed package with this Node, without npx and its start-up time. */
export function executePackage(script, args, options = {}) {
  return execute(process.execPath, [join(root, 'node_modules', script), ...args], options);
}
