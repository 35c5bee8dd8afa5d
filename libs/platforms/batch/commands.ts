/** Native commands through a configured prefix: a change of account, or ssh to a login host. */
import type { Milliseconds } from '#model';
import { BrokerError, reason } from '#model';
import type { RunCommand } from '#plugin-sdk';

export interface CommandPrefix {
  /** Words before every command, for example `ssh login1`. */
  readonly prefix: readonly string[];
  /** Words before commands of a mapped account, `{user}` filled in; instead of `prefix`. */
  readonly asUser: readonly string[];
  /** Variables that every command gets; nothing else is passed on. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface Answer { readonly code: number; readonly stdout: string; readonly stderr: string }

/** True for words that hand a line of text to another shell, which would split it again. */
const remoteShells = new Set(['ssh', 'rsh']);

/** Schedulers' own commands give up long before; a connection that hangs never does, and would hold up whoever waits for it. */
const defaultLimit: Milliseconds = 60_000;
/** For what removes or submits many at a time. */
export const longLimit: Milliseconds = 300_000;

export class Commands {
  constructor(private readonly run: RunCommand, private readonly config: CommandPrefix) {}

  /** What the command answered, whatever its code; throws when it could not be run, or was ended before it had answered. */
  async answer(argv: readonly string[], { user, stdin, limit = defaultLimit }: { readonly user?: string | undefined; readonly stdin?: string; readonly limit?: Milliseconds } = {}): Promise<Answer> {
    const full = this.line(argv, user);
    try {
      return await this.run(full, stdin, limit);
    } catch (cause) {
      throw faultOfRun(argv[0] ?? '', full[0] ?? '', cause);
    }
  }

  private line(argv: readonly string[], user: string | undefined): readonly string[] {
    const before = user === undefined ? this.config.prefix : this.config.asUser.map((word) => word.replaceAll('{user}', user));
    const command = ['env', '-i', ...Object.entries(this.config.environment).map(([name, value]) => `${name}=${value}`), ...argv];
    const isRemote = before.some((word) => remoteShells.has(word.slice(word.lastIndexOf('/') + 1)));
    return [...before, ...(isRemote ? command.map(shellWord) : command)];
  }
}

const reasonsOfBreaks: ReadonlyMap<string | undefined, string> = new Map([['ERR_CHILD_PROCESS_STDIO_MAXBUFFER', 'its answer was too long'], ['ETIMEDOUT', 'it did not answer in time and was ended']]);

/** What is not there, or may not be run, is the operator's; what a signal or too long an answer has ended may pass. */
function faultOfRun(command: string, file: string, cause: unknown): BrokerError {
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
  if (code === 'ENOENT' || code === 'EACCES') return new BrokerError('unavailable', 'operator', [reason('command-missing', "the command '{command}' could not be run", { command: file }, { level: 'ERROR' })], { cause });
  const why = reasonsOfBreaks.get(code) ?? 'something ended it';
  return new BrokerError('unavailable', 'time', [reason('command-broken', "the command '{command}' did not come to its end: {why}", { command, why }, { level: 'ERROR' })], { cause });
}

const plainWord = /^[\w@%+=:,./-]+$/;

/** The word as a shell reads it back unchanged. */
export function shellWord(word: string): string {
  return plainWord.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
