/** Could it run here at all: kind, executable, account, size, length, paths. */
import { posix } from 'node:path';
import type { Draft, Executable, Milliseconds, Reason, Resources } from '#model';
import { canonicalKind, formatDuration, isAcceleratorName, kinds, lackingIn, pathOfResource, reason } from '#model';
import type { BatchConfig, ContainerSite, WaysIn } from './config.js';
import type { NativePool } from './dialect.js';
import { timesResources, withoutStorage } from './spread.js';
import { launchers } from './launchers.js';
import { environmentOf, imageAt, imageOf } from './script.js';
import { judgePorts } from './ways-in.js';

/** Bytes of all arguments together. */
const mostArgumentBytes = 100_000;
/** Linux starts no program with a longer variable (128 KiB with its name, and a launcher's option before it), nor one with too much of them. */
const mostVariableBytes = 131_000;
const mostEnvironmentBytes = 500_000;
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Why the draft can't run on this cluster, whatever the pool; empty when it can. */
export function judgeDraft(draft: Draft, config: BatchConfig): readonly Reason[] {
  return [...judgeAccount(draft, config), ...judgeExecutable(draft.executable, config), ...judgeNames(draft), ...judgeVolumes(draft), ...judgeInKept(draft)];
}

/** Why the draft can't run in one pool, each limit that it breaks; empty when it can. `longest`: the platform's own limit. */
export function judgePool(draft: Draft, pool: NativePool, longest: Milliseconds): readonly Reason[] {
  const { name, total } = pool;
  if ((pool.largestHost['cores'] ?? 0) === 0) return [reason('no-hosts', "no host of '{pool}' takes jobs at present: drained, down, or not for this broker", { pool: name })];
  const mostHosts = Math.min(pool.mostHosts, draft.spread?.max ?? Infinity);
  const need = withoutStorage(draft.need.min);
  const longestRun = Math.min(longest, pool.longestRun ?? Infinity);
  const hosts = timesResources(pool.largestHost, mostHosts);
  const lacking = lackingIn(need, smallerOf(hosts, total)).map((what) => {
    const values = { asked: need[what] ?? 0, what, pool: name, most: Math.min(hosts[what] ?? 0, total[what] ?? 0), hosts: mostHosts };
    return reason('too-big', textOf(hosts[what] ?? 0, total[what] ?? 0, mostHosts), values, { path: pathOf(what) });
  });
  return [...tooWide(draft, pool), ...lacking, ...(draft.duration.min <= longestRun ? [] : [tooLong(draft, longestRun)])];
}

function tooWide({ spread }: Draft, { name, mostHosts }: NativePool): readonly Reason[] {
  if (spread === undefined || spread.min <= mostHosts) return [];
  return [reason('too-big', "asks for {asked} nodes, a session in '{pool}' has at most {most}", { asked: spread.min, pool: name, most: mostHosts }, { path: 'compute.nodes.min' })];
}

function pathOf(what: string): string {
  return isAcceleratorName(what) ? pathOfResource(what) : `compute.${what}.min`;
}

/** What there is of each, within what the broker may have of the pool at all. */
function smallerOf(hosts: Resources, total: Resources): Resources {
  return Object.fromEntries(Object.entries(hosts).map(([what, amount]) => [what, Math.min(amount, total[what] ?? 0)]));
}

function textOf(ofHosts: number, ofPool: number, mostHosts: number): string {
  if (ofPool < ofHosts) return "asks for {asked} of {what}, this broker has {most} of it in '{pool}'";
  if (mostHosts > 1) return "asks for {asked} of {what}, the {hosts} hosts of '{pool}' that a session may have have {most}";
  return "asks for {asked} of {what}, the largest host of '{pool}' has {most}";
}

function tooLong(draft: Draft, longest: number): Reason {
  return reason('too-long', 'asks for {asked}, the longest run is {longest}', { asked: formatDuration(draft.duration.min), longest: formatDuration(longest) }, { path: 'schedule.requested.duration' });
}

function judgeAccount({ owner }: Draft, { accounts }: BatchConfig): readonly Reason[] {
  if (!accounts.isMapped || accounts.of(owner) !== undefined) return [];
  return [reason('no-account', 'you have no account on this cluster; ask its operator to map {owner}', { owner })];
}

function judgeExecutable(executable: Executable, config: BatchConfig): readonly Reason[] {
  const kind = canonicalKind(executable.kind);
  if (kind === kinds.localProcess && config.commands.size > 0) return [...judgeCommand(executable, config), ...judgeVariables(executable, config.variables)];
  if (kind === kinds.dockerContainer && config.docker) return judgeContainer(executable, config.docker, { path: 'executable.image.locations', waysIn: config.waysIn });
  if (kind === kinds.singularityContainer && config.singularity) return judgeContainer(executable, config.singularity, { path: 'executable.location', waysIn: config.waysIn });
  return [reason('kind-refused', "'{kind}' does not run on this cluster", { kind: executable.kind }, { path: 'executable.kind' })];
}

function judgeCommand(executable: Executable, { commands }: BatchConfig): readonly Reason[] {
  const known = [...commands.keys()].join(', ');
  const [name] = executable.command ?? [];
  if (name === undefined) return [reason('command-missing', 'no command is given; the first word is one of: {known}', { known }, { path: 'executable.command' })];
  if (!commands.has(name)) return [reason('command-refused', "'{name}' is not a command of this cluster; it has: {known}", { name: name.slice(0, 80), known }, { path: 'executable.command[0]' })];
  return judgeWords(executable);
}

function judgeWords(executable: Executable): readonly Reason[] {
  const words: readonly unknown[] = executable.command ?? [];
  const odd = words.findIndex((word) => typeof word !== 'string' || word.includes('\0'));
  if (odd >= 0) return [reason('argument-malformed', 'the argument is not text that a process can get', {}, { path: `executable.command[${odd}]` })];
  if (Buffer.byteLength(words.join(' ')) > mostArgumentBytes) return [reason('too-long', 'the arguments are longer than {most} bytes', { most: mostArgumentBytes }, { path: 'executable.command' })];
  return [];
}

/** An allow-list for plain processes, because variables such as LD_PRELOAD make any command run any code; containers may have all. */
function judgeVariables(executable: Executable, allowed: readonly string[] | undefined): readonly Reason[] {
  const variables = Object.entries(environmentOf(executable));
  const bytes = variables.reduce((sum, [name, value]) => sum + Buffer.byteLength(`${name}=${value}`), 0);
  const reasons = variables.flatMap(([name, value]) => judgeVariable(name, value, allowed));
  return bytes <= mostEnvironmentBytes ? reasons : [...reasons, reason('too-long', 'all variables together are longer than {most} bytes', { most: mostEnvironmentBytes }, { path: 'executable.environment' })];
}

function judgeVariable(name: string, value: string, allowed: readonly string[] | undefined): readonly Reason[] {
  const path = `executable.environment.${name}`;
  if (allowed && !allowed.includes(name)) return [reason('variable-refused', "a request may not set '{name}'; it may set: {known}", { name, known: allowed.join(', ') || 'nothing' }, { path })];
  if (!variableName.test(name) || value.includes('\0')) return [reason('argument-malformed', 'this is no variable that a process can get', {}, { path })];
  if (Buffer.byteLength(`${name}=${value}`) <= mostVariableBytes) return [];
  return [reason('too-long', 'with its name it is longer than {most} bytes; put it into a file', { most: mostVariableBytes }, { path })];
}

function judgeContainer(executable: Executable, site: ContainerSite, { path, waysIn }: { readonly path: string; readonly waysIn: WaysIn | undefined }): readonly Reason[] {
  const image = imageOf(executable);
  const reasons = [...judgeWords(executable), ...judgeVariables(executable, undefined)];
  if (imageAt(image, site) === undefined) {
    reasons.push(reason('image-refused', "the image '{image}' does not run here; these do: {known}", { image: image.slice(0, 200), known: site.images.map(({ pattern }) => pattern).join(', ') }, { path }));
  }
  if (executable.privileged === true) reasons.push(reason('privileged', 'containers get no privileges on this cluster', {}, { path: 'executable.privileged' }));
  reasons.push(...judgePorts(executable, waysIn));
  return [...reasons, ...judgeDigest(executable, site), ...judgeStartable(executable, site)];
}

/** A launcher that finds images by path can't tell their digests: better refused than not checked. */
function judgeDigest({ image }: Executable, { launcher }: ContainerSite): readonly Reason[] {
  if (image?.digest === undefined) return [];
  return [reason('digest-unchecked', "digests of images can't be checked by {launcher} here; leave the digest out if that is acceptable", { launcher }, { path: 'executable.image.digest' })];
}

function judgeStartable(executable: Executable, { launcher }: ContainerSite): readonly Reason[] {
  const named = executable.entrypoint !== undefined || (executable.command ?? []).length > 0;
  if (named || launchers[launcher].knowsCommand) return [];
  return [reason('command-missing', "{launcher} does not know the image's own command; give one", { launcher }, { path: 'executable.command' })];
}

/** Two files of one name can't lie in one storage. */
function judgeNames(draft: Draft): readonly Reason[] {
  return draft.storage.flatMap((storage) => {
    const names = draft.data.filter((data) => storage.data.includes(data.id)).map((data) => data.fileName);
    const doubled = names.find((name, index) => names.indexOf(name) !== index);
    return doubled === undefined ? [] : [reason('name-taken', "two data resources of one storage are called '{name}'; put them in different storage", { name: doubled }, { path: 'data' })];
  });
}

function judgeVolumes(draft: Draft): readonly Reason[] {
  return draft.volumes.flatMap(({ path }, index) => {
    const bad = !path.startsWith('/') || /^\/+$/.test(path) || path.split('/').some((part) => part === '..' || part === '.') || /[\0:\n]/.test(path);
    return bad ? [reason('volume-path', "'{volume}' can't be the path of a volume; write an absolute one such as /input", { volume: path }, { path: `compute.volumes[${index}].path` })] : [];
  });
}

/** What is kept belongs to its account, which could have put links where the broker would make the place of another volume. */
function judgeInKept({ storage, volumes }: Draft): readonly Reason[] {
  const kept = new Set(storage.filter((one) => one.kept !== undefined).map(({ id }) => id));
  const outer = volumes.filter((one) => one.data === undefined && kept.has(one.storage)).map(({ path }) => `${posix.normalize(path).replace(/\/$/, '')}/`);
  return volumes.flatMap(({ path }, index) => {
    const around = outer.find((one) => posix.normalize(path).startsWith(one) && posix.normalize(path) !== one);
    return around === undefined ? [] : [reason('volume-in-kept', "'{volume}' lies in storage that is kept, which is at '{around}'; write a path outside it", { volume: path, around }, { path: `compute.volumes[${index}].path` })];
  });
}
