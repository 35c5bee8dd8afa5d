/** `eb check --live`: what the cluster lacks of what the configuration promises, and the command that grants it. */
import { randomUUID } from 'node:crypto';
import type { ClusterAccount, Commands } from '#platforms/batch';
import type { Finding, PlatformHost } from '#plugin-sdk';
import { formatDuration } from '#model';
import type { SlurmConfig } from './config.js';
import type { Reservations } from './reservations.js';
import { grantOfReservations } from './reservations.js';
import { oneLine } from './faults.js';
import type { SlurmHost, SlurmWay } from './way.js';

export interface ClusterParts { readonly way: SlurmWay; readonly commands: Commands; readonly config: SlurmConfig; readonly host: PlatformHost; readonly reservations: Reservations }

/** What was tried: a range of releases; others may work. */
const tried = /^22\.05\./;

export async function checkCluster(parts: ClusterParts): Promise<readonly Finding[]> {
  const reached = await connectionFinding(parts);
  if (reached.verdict === 'bad') return [reached];
  return [reached, ...await partitionFindings(parts), ...await acceleratorFindings(parts), ...await submissionFindings(parts), ...await settingFindings(parts), ...await reservationFinding(parts), ...await accountingFinding(parts)];
}

async function connectionFinding({ way, config: { rest } }: ClusterParts): Promise<Finding> {
  const through = rest ? `slurmrestd ${rest.version} at ${rest.url}` : 'commands';
  return attempt('connection', rest ? 'start slurmrestd, and compare rest.token with jwt_key in slurm.conf' : "correct 'prefix', 'conf' or PATH in 'environment'", async () => {
    const version = await way.version();
    await way.reservations();
    const verdict = tried.test(version) && (rest === undefined || rest.version === 'v0.0.38') ? 'good' : 'doubtful';
    return { about: 'connection', verdict, seen: `Slurm ${version} by ${through}${verdict === 'good' ? '' : '; tried with 22.05 and REST v0.0.38 only'}` };
  });
}

async function partitionFindings({ way, config: { partitions } }: ClusterParts): Promise<readonly Finding[]> {
  const hosts = await way.hosts();
  const known = [...new Set(hosts.map(({ partition }) => partition))].join(', ');
  return partitions.map(({ name }, index): Finding => {
    const own = hosts.filter(({ partition }) => partition === name);
    const about = `partition ${name}`;
    if (own.length === 0) return { about, verdict: 'bad', seen: `it is not there, or has no hosts; there are ${known}`, fix: "correct 'partitions'" };
    const earlier = new Set(partitions.slice(0, index).map((one) => one.name));
    const counted = new Set(hosts.filter(({ partition }) => earlier.has(partition)).map((host) => host.name));
    if (own.every((host) => counted.has(host.name))) return { about, verdict: 'bad', seen: `nothing is offered of it: its hosts count for ${[...earlier].join(', ')} already`, fix: "leave it out of 'partitions', or name it first" };
    return { about, verdict: own.some(({ isUsable }) => isUsable) ? 'good' : 'doubtful', seen: tellHosts(own) };
  });
}

async function acceleratorFindings({ way, config: { accelerators, partitions } }: ClusterParts): Promise<readonly Finding[]> {
  if (accelerators.length === 0) return [];
  const names = new Set(partitions.map(({ name }) => name));
  const hosts = new Map((await way.hosts()).filter(({ partition }) => names.has(partition)).map((host) => [host.name, host.resources]));
  const known = [...new Set([...hosts.values()].flatMap((resources) => Object.keys(resources)))].filter((name) => name !== 'cores' && name !== 'memory');
  return accelerators.map(({ type, gres }): Finding => {
    const counts = [...hosts.values()].flatMap((resources) => resources[gres] ?? []);
    const about = `accelerator ${type}`;
    if (counts.length === 0) return { about, verdict: 'bad', seen: `no host of these partitions has gres '${gres}'; there is ${known.join(', ') || 'none'}`, fix: "correct 'accelerators'" };
    return { about, verdict: 'good', seen: `${counts.reduce((sum, count) => sum + count, 0)} on ${counts.length} hosts, as ${gres}` };
  });
}

function tellHosts(hosts: readonly SlurmHost[]): string {
  const usable = hosts.filter(({ isUsable }) => isUsable);
  const cores = usable.reduce((sum, { resources }) => sum + (resources['cores'] ?? 0), 0);
  const [first] = hosts;
  return `${usable.length} of ${hosts.length} hosts usable, ${cores} cores, runs up to ${first?.longestRun === undefined ? 'any length' : formatDuration(first.longestRun)}`;
}

/** Whether jobs would be taken of each account that is named, in each partition: `sbatch` tells without submitting. Not as somebody whom only tokens stand for. */
async function submissionFindings({ commands, config: { batch: { accounts }, partitions, rest } }: ClusterParts): Promise<readonly Finding[]> {
  if (rest !== undefined) return [];
  const submitting: readonly Partial<ClusterAccount>[] = accounts.isMapped ? accounts.namedOutright : [{}];
  const asked = submitting.flatMap((as) => partitions.map(({ name }) => ({ as, name })));
  return Promise.all(asked.map(async ({ as: { user, account }, name }): Promise<Finding> => {
    const charged = account === undefined ? [] : [`--account=${account}`];
    const { code, stderr } = await commands.answer(['sbatch', '--test-only', `--partition=${name}`, ...charged, '--ntasks=1', '--time=1', '--chdir=/', '--output=/dev/null', '--wrap=true'], { user });
    const about = `jobs of ${user ?? 'the broker'}${account === undefined ? '' : ` for ${account}`} in ${name}`;
    if (code === 0) return { about, verdict: 'good', seen: 'they would be taken' };
    return isAboutRights(stderr) ? { about, verdict: 'bad', seen: oneLine(stderr), fix: grantOfJobs(user ?? 'NAME', account) } : { about, verdict: 'doubtful', seen: oneLine(stderr) };
  }));
}

function isAboutRights(said: string): boolean {
  return /account|permission|access|not permitted|qos|limit/i.test(said);
}

function grantOfJobs(user: string, account = 'ACCOUNT'): string {
  return `sacctmgr add user ${user} Account=${account}, and let it use the partition (AllowAccounts, AllowGroups)`;
}

/** Settings of slurm.conf that sessions depend on; only its commands tell them. */
async function settingFindings({ commands, config }: ClusterParts): Promise<readonly Finding[]> {
  const { code, stdout } = await commands.answer(['scontrol', 'show', 'config']);
  if (code !== 0) return config.rest && !config.reservations ? [] : [{ about: 'commands', verdict: 'bad', seen: "'scontrol' does not work where the broker runs commands", fix: "install slurm-client there, or set 'prefix'" }];
  const settings = new Map([...stdout.matchAll(/^(\w+)\s*=\s*(.*?)\s*$/gm)].map(([, key = '', value = '']) => [key, value]));
  const findings: Finding[] = [];
  if (settings.get('JobRequeue') !== '0') findings.push({ about: 'JobRequeue', verdict: 'doubtful', seen: 'jobs may be requeued; sessions refuse to run twice, and then fail', fix: 'set JobRequeue=0 in slurm.conf' });
  if (config.rest && !(settings.get('AuthAltTypes') ?? '').includes('auth/jwt')) findings.push({ about: 'AuthAltTypes', verdict: 'bad', seen: 'the controller takes no tokens', fix: 'set AuthAltTypes=auth/jwt and AuthAltParameters=jwt_key=FILE in slurm.conf' });
  return [...findings, ...trackingFinding(config, settings.get('AccountingStorageTRES') ?? ''), ...schedulerFinding(settings.get('SchedulerParameters') ?? '')];
}

/** What is not tracked is not told of jobs, so that what others use of it is not seen. */
function trackingFinding({ accelerators }: SlurmConfig, tracked: string): readonly Finding[] {
  const known = new Set(tracked.split(','));
  const missing = accelerators.map(({ gres }) => `gres/${gres}`).filter((name) => !known.has(name) && !known.has(name.split(':')[0] ?? name));
  if (missing.length === 0) return [];
  const seen = `what jobs of others have of ${missing.join(', ')} is not told, so it may be offered twice`;
  return [{ about: 'AccountingStorageTRES', verdict: 'bad', seen, fix: `add ${missing.join(',')} to AccountingStorageTRES in slurm.conf` }];
}

/** Slurm's own is a minute; a start is promised to two seconds. */
function schedulerFinding(parameters: string): readonly Finding[] {
  const seconds = Number(/(?:^|,)sched_interval=(\d+)/.exec(parameters)?.[1] ?? 60);
  if (seconds <= 2) return [];
  const seen = `the scheduler looks for jobs that have come due every ${seconds} s; what it misses is let go a second after its time`;
  return [{ about: 'sched_interval', verdict: 'doubtful', seen, fix: 'add sched_interval=2 to SchedulerParameters in slurm.conf' }];
}

/** Makes one far ahead and for a minute, and removes it: nothing else tells whether it may. */
async function reservationFinding({ config, reservations, host, commands }: ClusterParts): Promise<readonly Finding[]> {
  if (!config.reservations) return [{ about: 'reservations', verdict: 'doubtful', seen: 'none are made: others may take the place of an accepted session', fix: "set 'reservations' in this platform's configuration" }];
  const start = Math.floor(host.clock.now() / 1000) + 300 * 86_400;
  const name = `check-${randomUUID()}`;
  const user = config.rest?.user ?? config.batch.accounts.named[0] ?? (await commands.answer(['id', '-un'])).stdout.trim();
  const made = await reservations.create([`ReservationName=${name}`, `StartTime=uts${start}`, `EndTime=uts${start + 60}`, 'NodeCnt=1', `PartitionName=${config.partitions[0]?.name ?? ''}`, `Users=${user}`]);
  if (made !== true) {
    const isRight = /invalid user|permission|access/i.test(made);
    return [{ about: 'reservations', verdict: 'bad', seen: made, ...(isRight ? { fix: grantOfReservations.replace('NAME', await callerOf(commands)) } : {}) }];
  }
  await reservations.remove(name);
  return [{ about: 'reservations', verdict: 'good', seen: 'the broker may make them' }];
}

async function callerOf(commands: Commands): Promise<string> {
  return (await commands.answer(['id', '-un'])).stdout.trim() || 'NAME';
}

async function accountingFinding({ way, config }: ClusterParts): Promise<readonly Finding[]> {
  if (!config.accounting) return [];
  return [await attempt('accounting', 'start slurmdbd, or set accounting: false', async () => {
    await way.accounted([]);
    return { about: 'accounting', verdict: 'good', seen: 'it answers' };
  })];
}

async function attempt(about: string, fix: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (fault) {
    return { about, verdict: 'bad', seen: fault instanceof Error ? fault.message : String(fault), fix };
  }
}
