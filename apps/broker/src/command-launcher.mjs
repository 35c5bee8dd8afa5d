/**
 * Starts the commands of `run-command.ts`, in a process of its own that stays small: a start copies the page tables of whoever asks for it
 * and waits for the new program, which costs a broker ten times as much and holds up everything else in it. Plain JavaScript, so that
 * no loader makes it bigger. Ends with its broker.
 */
import { spawn } from 'node:child_process';
import process from 'node:process';

/** How a write fails to whoever has ended: before it, or in the middle of it. */
const unread = new Set(['EPIPE', 'ECONNRESET']);
/** Longest answer of a command. */
const mostBytes = 64 * 2 ** 20;

process.on('message', ({ number, argv, stdin, limit }) => {
  launch(argv, stdin, limit).then(
    (answer) => { tell({ number, answer }); },
    ({ message, code }) => { tell({ number, fault: { message, code } }); },
  );
});
process.on('disconnect', () => { process.exit(); });
// What is sent to the whole group is the broker's to obey: on its way to its end it has commands to run yet.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

function launch([file, ...rest], stdin, limit) {
  return new Promise((resolve, reject) => {
    // The head of a group of its own: what it starts can be ended with it.
    const child = spawn(file, rest, { detached: true });
    const giveUp = (code, why) => {
      reject(Object.assign(new Error(`Command failed: ${file} ${why}`), { code }));
      endGroup(child.pid);
    };
    const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => gather(stream, () => { giveUp('ERR_CHILD_PROCESS_STDIO_MAXBUFFER', 'says too much'); }));
    const timer = limit === undefined ? undefined : setTimeout(() => { giveUp('ETIMEDOUT', `did not end within ${limit} ms`); }, limit);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === null) reject(new Error(`Command failed: ${file} was ended by ${signal}`));
      else resolve({ code, stdout: stdout(), stderr: stderr() });
    });
    // A command may end without reading its input; its code tells whether that was right.
    child.stdin.on('error', (fault) => { if (!unread.has(fault.code)) reject(fault); });
    child.stdin.end(stdin);
  });
}

/** What a stream says until it ends; beyond what anybody can read it is not kept. */
function gather(stream, tooMuch) {
  const pieces = [];
  let bytes = 0;
  stream.on('data', (piece) => {
    bytes += piece.length;
    if (bytes <= mostBytes) pieces.push(piece);
    else tooMuch();
  });
  return () => Buffer.concat(pieces).toString('utf8');
}

/** It may have ended just now, or run as somebody whose processes an ordinary user can't end: then nobody waits for it any more. */
function endGroup(pid) {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (fault) {
    if (fault.code !== 'ESRCH' && fault.code !== 'EPERM') throw fault;
  }
}

/** The broker may have ended meanwhile: then nobody waits for the answer. */
function tell(what) {
  if (process.connected) process.send(what);
}
