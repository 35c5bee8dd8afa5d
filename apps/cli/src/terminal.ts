/** Everything of the outside that a command touches, so that a test can stand in for a terminal. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Readable } from 'node:stream';
import type { Clock } from '#model';
import { systemClock } from '#runtime';

export interface Terminal {
  /** Answers. */
  out(text: string): void;
  /** Progress, errors and hints. */
  err(text: string): void;
  readonly input: Readable;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** IANA zone that times are shown in. */
  readonly zone: string;
  readonly columns: number;
  /** A person is reading stdout, or stderr. */
  readonly outIsScreen: boolean;
  readonly errIsScreen: boolean;
  /** Asks without showing what is typed; undefined where nobody can be asked. */
  readonly askSecret: ((question: string) => Promise<string>) | undefined;
  /** Calls back at each Ctrl-C until the returned function is called. */
  onInterrupt(callback: () => void): () => void;
}

export function systemTerminal(): Terminal {
  return {
    out: (text) => { process.stdout.write(text); },
    err: (text) => { process.stderr.write(text); },
    input: process.stdin,
    env: process.env,
    clock: systemClock,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    columns: process.stdout.columns ?? 100,
    outIsScreen: process.stdout.isTTY === true,
    errIsScreen: process.stderr.isTTY === true,
    askSecret: process.stdin.isTTY === true ? askSecret : undefined,
    onInterrupt: (callback) => {
      process.on('SIGINT', callback);
      return () => { process.off('SIGINT', callback); };
    },
  };
}

function askSecret(question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_piece, _encoding, done) => { done(); } });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  return new Promise((resolve) => {
    lines.question('', (answer) => {
      lines.close();
      process.stderr.write('\n');
      resolve(answer);
    });
  });
}
