import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { execPath } from 'node:process';

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'];

/** Runs Node with `args` in the foreground, passes signals on, and gives its exit code (128 + n when signal n ended it). */
export function forward(args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(execPath, args, { stdio: 'inherit', ...options });
    const handlers = forwarded.map((signal) => [signal, () => { pass(child, signal); }]);
    for (const [signal, handler] of handlers) process.on(signal, handler);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      for (const [name, handler] of handlers) process.off(name, handler);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

/** A terminal sends Ctrl-C to the whole foreground group already; a second one would look like an impatient user. */
function pass(child, signal) {
  if (signal === 'SIGINT' && process.stdin.isTTY) return;
  child.kill(signal);
}
