/** The script of a job: one payload, at most once, with its exit code kept beside its output. */
import { posix } from 'node:path';
import type { Executable, PlannedVolume, Plan } from '#model';
import { BrokerError, canonicalKind, kinds, reason } from '#model';
import { shellWord } from './commands.js';
import type { BatchConfig, ContainerSite } from './config.js';
import { keptFiles } from './kept-folders.js';
import type { Launcher } from './launchers.js';
import { containerWords, endedByTerm, launchers } from './launchers.js';
import type { SessionFolder } from './session-folder.js';
import { portLines, wantedPorts } from './ways-in.js';

/** Exit code of a job that a scheduler starts a second time, as after a crash that lost its state (EX_TEMPFAIL). */
const ranAlready = 75;

/** `hosts`: a container that has several is started once on each, by the scheduler's own launcher; a process finds them in its environment. */
export function scriptOf(plan: Plan, folder: SessionFolder, config: BatchConfig, hosts = 1): string {
  const variables = { ...ownVariables(plan, folder, hosts), ...(siteFor(plan.executable, config) ? {} : environmentOf(plan.executable)) };
  return [
    '#!/bin/bash',
    `cd ${shellWord(folder.at('run', 'work'))} || exit 126`,
    '# A controller that lost its state may start a finished job again: the payload runs once.',
    `if ! (set -o noclobber; : >../began) 2>/dev/null; then echo 'this session has run already' >&2; exit ${ranAlready}; fi`,
    '# Launchers of containers want it.', '[ -n "$USER" ] || USER=$(id -un)', 'export USER',
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${scriptWord(value)}`),
    ...portLines(wantedPorts(plan.executable)),
    ...endingLines(plan.executable, config),
    [...(hosts > 1 && siteFor(plan.executable, config) ? config.onEachHost : []), ...payloadOf(plan, folder, config)].map(scriptWord).join(' '),
    'code=$?',
    '# A whole line or nothing: who reads half of it reads nothing. What the payload has put in its place goes.', '[ ! -e ../code ] || rm -rf ../code', 'echo $code >../code',
    ...(wantedPorts(plan.executable).length > 0 ? ['kill $(jobs -p) 2>/dev/null'] : []), 'exit $code', '',
  ].join('\n');
}

/** As bash reads it back unchanged. Carriage returns are written out: `sbatch` refuses a script that has them before line breaks. */
function scriptWord(word: string): string {
  return shellWord(word).replaceAll('\r', () => String.raw`'$'\r''`);
}

/** Told to end, the script waits until its container has been ended, and notes no code: that is not how the payload ended. */
function endingLines(executable: Executable, config: BatchConfig): readonly string[] {
  const site = siteFor(executable, config);
  const launcher: Launcher | undefined = site && launchers[site.launcher];
  return launcher?.stop === undefined ? [] : [`trap 'exit ${endedByTerm}' TERM`];
}

/** The words that run the payload on a host of the cluster. */
function payloadOf(plan: Plan, folder: SessionFolder, config: BatchConfig): readonly string[] {
  const { executable } = plan;
  const site = siteFor(executable, config);
  if (!site) return processWords(executable, config);
  const image = imageAt(imageOf(executable), site);
  if (image === undefined) throw missing('the image is not allowed here any more', 'executable.image');
  return containerWords(launchers[site.launcher], {
    session: plan.session, image, options: optionsFor(plan, site, config), binds: plan.volumes.map((volume) => ({ host: shownAt(volume, plan, folder, config), path: volume.path, mode: volume.mode === 'READONLY' ? 'ro' as const : 'rw' as const })),
    environment: { ...environmentOf(executable), EB_SESSION: plan.session }, entrypoint: executable.entrypoint, command: executable.command ?? [], isOpen: wantedPorts(executable).length > 0,
  });
}

/** Storage of images and containers is of one account each: two can't share it. */
function optionsFor(plan: Plan, { options }: ContainerSite, { accounts, serviceUser }: BatchConfig): readonly string[] {
  const user = accounts.of(plan.owner)?.user ?? serviceUser ?? '';
  return options.map((word) => word.replaceAll('{user}', user));
}

function processWords(executable: Executable, config: BatchConfig): readonly string[] {
  const [name = '', ...args] = executable.command ?? [];
  const command = config.commands.get(name);
  if (!command) throw missing(`'${name}' is no longer a command of this platform`, 'executable.command[0]');
  return [command.path, ...command.args, ...args];
}

function ownVariables(plan: Plan, folder: SessionFolder, hosts: number): Readonly<Record<string, string>> {
  const volumes = plan.volumes.map((volume, index) => [`EB_VOLUME_${index}`, volumeLink(volume, folder)] as const);
  return {
    HOME: folder.at('run', 'work'), TMPDIR: folder.at('run', 'tmp'), EB_SESSION: plan.session, EB_SESSION_FOLDER: folder.at('run', 'work'),
    EB_HOSTS: String(hosts), EB_CORES: String(plan.granted['cores'] ?? 1), EB_MEMORY_GIB: String(plan.granted['memory'] ?? 1), ...Object.fromEntries(volumes),
  };
}

/** Where containers run that are of this executable's kind; undefined for a plain process, or where the kind is not configured. */
export function siteFor(executable: Executable, config: BatchConfig): ContainerSite | undefined {
  const kind = canonicalKind(executable.kind);
  if (kind === kinds.dockerContainer) return config.docker;
  return kind === kinds.singularityContainer ? config.singularity : undefined;
}

export function imageOf(executable: Executable): string {
  return executable.image?.locations?.[0] ?? executable.location ?? '';
}

/** What the launcher is given for an image; undefined for one that is not allowed. */
export function imageAt(image: string, site: ContainerSite): string | undefined {
  // Neither an option of the launcher nor a way out of the folder of images.
  if (image.startsWith('-') || image.split('/').includes('..')) return undefined;
  const found = site.images.find(({ pattern }) => new RegExp(`^${pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.*')}$`).test(image));
  return found?.at.replaceAll('{image}', image);
}

export function environmentOf(executable: Executable): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(executable.environment ?? {}).map(([name, value]) => [name, String(value)]));
}

/** `/data/in` of a request is `data/in` below the process's own folder. */
export function volumeLink(volume: PlannedVolume, folder: SessionFolder): string {
  return folder.at('run', 'work', posix.normalize(`/${volume.path}`).slice(1));
}

/** What a volume shows: a whole storage, or a folder with just one file. */
export function shownAt(volume: PlannedVolume, plan: Plan, folder: SessionFolder, config: Pick<BatchConfig, 'kept'>): string {
  if (volume.data !== undefined) return folder.at('run', 'views', volume.id);
  const { kept } = plan.storage.find(({ id }) => id === volume.storage) ?? {};
  return kept ? keptFiles(kept.id, config) : folder.at('run', 'storage', volume.storage);
}

function missing(text: string, path: string): BrokerError {
  return new BrokerError('unavailable', 'operator', [reason('not-configured', '{text}', { text }, { path, level: 'ERROR' })]);
}
