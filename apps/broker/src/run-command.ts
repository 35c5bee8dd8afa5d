/** Commands of platforms, run without a shell by a small process beside the broker (`command-launcher.mjs`). */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Milliseconds } from '#model';
import type { RunCommand } from '#plugin-sdk';

type Answer = Awaited<ReturnType<RunCommand>>;
interface Told { readonly number: number; readonly answer?: Answer; readonly fault?: { readonly message: string; readonly code?: string } }
interface Waiting { resolve(answer: Answer): void; reject(fault: Error): void }

const program = fileURLToPath(new URL('command-launcher.mjs', import.meta.url));

/** Begins with the first command. One that breaks takes its commands along, and the next command begins another. */
class Launcher {
  private readonly waiting = new Map<number, Waiting>();
  private child: ChildProcess | undefined;
  private last = 0;

  run(argv: readonly string[], stdin: string | undefined, limit: Milliseconds | undefined): Promise<Answer> {
    const child = this.child ??= this.open();
    this.last += 1;
    const number = this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(number, { resolve, reject });
      // It holds the broker's process only while somebody waits.
      child.channel?.ref();
      child.send({ number, argv, stdin, limit }, (fault) => { if (fault) this.settle(number, ({ reject: fail }) => { fail(fault); }); });
    });
  }

  private open(): ChildProcess {
    const child = fork(program, [], { execArgv: [], serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.unref();
    child.on('message', (told) => { this.hear(told as Told); });
    child.on('error', (fault) => { this.close(child, fault); });
    child.on('exit', () => { this.close(child, new Error('the launcher of commands has ended')); });
    return child;
  }

  private close(child: ChildProcess, fault: Error): void {
    if (this.child !== child) return;
    this.child = undefined;
    for (const number of [...this.waiting.keys()]) this.settle(number, ({ reject }) => { reject(fault); });
  }

  private hear({ number, answer, fault }: Told): void {
    this.settle(number, ({ resolve, reject }) => {
      if (answer) resolve(answer);
      else reject(Object.assign(new Error(fault?.message), { code: fault?.code }));
    });
  }

  private settle(number: number, tell: (waiting: Waiting) => void): void {
    const waiting = this.waiting.get(number);
    this.waiting.delete(number);
    if (this.waiting.size === 0) this.child?.channel?.unref();
    if (waiting) tell(waiting);
  }
}

const launcher = new Launcher();

/** Gives back what the command said, whatever its code; rejects when it can't be started, or was ended before it had answered. */
export const runCommand: RunCommand = (argv, stdin, limit) => launcher.run(argv, stdin, limit);
