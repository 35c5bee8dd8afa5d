import type { RunCommand } from '../platform.js';

/** One command as it was once run, and what it answered. */
export interface Recording { readonly argv: readonly (string | RegExp)[]; readonly stdout?: string; readonly stderr?: string; readonly code?: number }

export interface RecordedRun {
  readonly run: RunCommand;
  /** Every command that was run, oldest first; its length is the number of native calls. */
  readonly calls: readonly { readonly argv: readonly string[]; readonly stdin: string | undefined }[];
}

/**
 * Answers commands from recordings. Those with equal argv answer in turn and the last one goes on answering; a command
 * that was not recorded rejects.
 */
export function recordedRun(recordings: readonly Recording[]): RecordedRun {
  const calls: { argv: readonly string[]; stdin: string | undefined }[] = [];
  const used = new Map<Recording, number>();
  return {
    calls,
    run: (argv, stdin) => {
      calls.push({ argv, stdin });
      const fitting = recordings.filter((recording) => matches(recording, argv));
      const next = fitting.find((recording) => !used.has(recording)) ?? fitting.at(-1);
      if (!next) return Promise.reject(new Error(`no recording of: ${argv.join(' ')}`));
      used.set(next, (used.get(next) ?? 0) + 1);
      return Promise.resolve({ code: next.code ?? 0, stdout: next.stdout ?? '', stderr: next.stderr ?? '' });
    },
  };
}

function matches(recording: Recording, argv: readonly string[]): boolean {
  return recording.argv.length === argv.length
    && recording.argv.every((word, at) => (typeof word === 'string' ? word === argv[at] : word.test(argv[at] ?? '')));
}
