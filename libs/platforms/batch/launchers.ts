/** How a site runs containers: a table of command lines. `{options}` is where a site's own words come; others may name `{session}`, `{image}`, `{host}`, `{path}`, `{mode}`, `{name}`, `{value}`, `{entrypoint}`. */

import type { SessionId } from '#model';
import { shellWord } from './commands.js';

/** As shells tell that SIGTERM ended something. */
export const endedByTerm = 143;

export interface Launcher {
  readonly start: readonly string[];
  /** Ends the container; for a launcher whose containers are not among the processes of the job, which its scheduler ends. */
  readonly stop?: readonly string[];
  /** For a payload that listens, and for one that does not; where both are left out, payloads share the host's network. */
  readonly open?: readonly string[];
  readonly closed?: readonly string[];
  /** Once for each volume. */
  readonly bind: readonly string[];
  /** Once for each variable. */
  readonly variable: readonly string[];
  /** For an entrypoint; without this the entrypoint is the command's first word. */
  readonly entrypoint?: readonly string[];
  /** Last words before the command. */
  readonly image: readonly string[];
  /** True where the image's own command is run when none is given. */
  readonly knowsCommand: boolean;
}

/**
 * Charliecloud: https://hpc.github.io/charliecloud/ch-run.html. Podman: https://docs.podman.io/en/latest/markdown/podman-run.1.html. Both are driven on
 * the bed, Podman as an ordinary user.
 * Apptainer, from its documentation and untried: https://apptainer.org/docs/user/main/cli/apptainer_exec.html.
 */
export const launchers = {
  charliecloud: { start: ['ch-run', '{options}'], bind: ['--bind={host}:{path}'], variable: ['--set-env={name}={value}'], image: ['{image}', '--'], knowsCommand: false },
  podman: {
    start: ['podman', '{options}', 'run', '--rm', '--name=eb-{session}'], stop: ['podman', '{options}', 'kill', 'eb-{session}'], closed: ['--network=none'], open: ['--network=host'], bind: ['--volume={host}:{path}:{mode}'], variable: ['--env={name}={value}'],
    entrypoint: ['--entrypoint={entrypoint}'], image: ['{image}'], knowsCommand: true,
  },
  apptainer: { start: ['apptainer', 'exec', '--containall', '{options}'], bind: ['--bind={host}:{path}:{mode}'], variable: ['--env={name}={value}'], image: ['{image}'], knowsCommand: false },
} as const satisfies Readonly<Record<string, Launcher>>;

export type LauncherName = keyof typeof launchers;

export interface ContainerRun {
  readonly session: SessionId;
  readonly image: string;
  /** Of the launcher, as the site wants them. */
  readonly options: readonly string[];
  readonly binds: readonly { readonly host: string; readonly path: string; readonly mode: 'ro' | 'rw' }[];
  readonly environment: Readonly<Record<string, string>>;
  readonly entrypoint: string | undefined;
  readonly command: readonly string[];
  /** True where ports are ways in. */
  readonly isOpen: boolean;
}

/** The whole command line, as words. */
export function launchLine(launcher: Launcher, run: ContainerRun): readonly string[] {
  const { entrypoint } = run;
  const native = entrypoint !== undefined && launcher.entrypoint ? filled(launcher.entrypoint, { entrypoint }) : [];
  return [
    ...withOptions(launcher.start, run), ...((run.isOpen ? launcher.open : launcher.closed) ?? []),
    ...run.binds.flatMap((bind) => filled(launcher.bind, { ...bind })),
    ...Object.entries(run.environment).flatMap(([name, value]) => filled(launcher.variable, { name, value })),
    ...native, ...filled(launcher.image, { image: run.image }),
    ...(entrypoint !== undefined && !launcher.entrypoint ? [entrypoint] : []), ...run.command,
  ];
}

/** The words that run a container; of a launcher that must be told to end it, around its command line. */
export function containerWords(launcher: Launcher, run: ContainerRun): readonly string[] {
  const line = launchLine(launcher, run);
  if (launcher.stop === undefined) return line;
  const stop = withOptions(launcher.stop, run).map(shellWord).join(' ');
  return ['bash', '-c', `leave() { ${stop} >/dev/null; exit ${endedByTerm}; }; trap leave TERM; "$@" & wait $!`, 'container', ...line];
}

function withOptions(words: readonly string[], { options, session }: ContainerRun): readonly string[] {
  return words.flatMap((word) => (word === '{options}' ? options : filled([word], { session })));
}

function filled(words: readonly string[], values: Readonly<Record<string, string>>): readonly string[] {
  return words.map((word) => word.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place));
}
