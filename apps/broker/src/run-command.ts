import { execFile } from 'node:child_process';
import type { RunCommand } from '#plugin-sdk';

/** Runs a command without a shell and gives back what it said; rejects only when it can't be started. */
export const runCommand: RunCommand = (argv, stdin) => new Promise((resolve, reject) => {
  const [file = '', ...rest] = argv;
  const child = execFile(file, rest, { maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
    const code = error ? error.code : 0;
    if (typeof code === 'number') resolve({ code, stdout, stderr });
    else reject(error ?? new Error(`${file} could not be run`));
  });
  // A command may end without reading its input; its code tells whether that was right.
  child.stdin?.on('error', (fault: NodeJS.ErrnoException) => { if (fault.code !== 'EPIPE') reject(fault); });
  child.stdin?.end(stdin);
});
