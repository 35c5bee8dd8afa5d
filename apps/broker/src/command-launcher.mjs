/**
 * Starts the commands of `run-command.ts`, in a process of its own that stays small: a start copies the page tables of whoever asks for it
 * and waits for the new program, which costs a broker ten times as much and holds up everything else in it. Plain JavaScript, so that
 * no loader makes it bigger. Ends with its broker.
 */
import { execFile } from 'node:child_process';
import process from 'node:process';

/** Longest answer of a command. */
const mostBytes = 64 * 2 ** 20;

process.on('message', ({ number, argv, stdin }) => {
  launch(argv, stdin).then(
    (answer) => { tell({ number, answer }); },
    ({ message, code }) => { tell({ number, fault: { message, code } }); },
  );
});
process.on('disconnect', () => { process.exit(); });
// What is sent to the whole group is the broker's to obey: on its way to its end it has commands to run yet.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

function launch(argv, stdin) {
  return new Promise((resolve, reject) => {
    const [file, ...rest] = argv;
    const child = execFile(file, rest, { maxBuffer: mostBytes }, (error, stdout, stderr) => {
      const code = error ? error.code : 0;
      if (typeof code === 'number') resolve({ code, stdout, stderr });
      else reject(error);
    });
    // A command may end without reading its input; its code tells whether that was right.
    child.stdin.on('error', (fault) => { if (fault.code !== 'EPIPE') reject(fault); });
    child.stdin.end(stdin);
  });
}

/** The broker may have ended meanwhile: then nobody waits for the answer. */
function tell(what) {
  if (process.connected) process.send(what);
}
