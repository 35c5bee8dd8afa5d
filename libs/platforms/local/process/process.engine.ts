/** Plain processes. Everything known of one is in its folder: see README.md. */
import { mkdir, rm, watch } from 'node:fs/promises';
import { env } from 'node:process';
import { join } from 'node:path';
import type { Draft, Plan, SessionId } from '#model';
import { BrokerError, isUuid, kinds, reason } from '#model';
import type { Observation, PlatformHost, Work } from '#plugin-sdk';
import type { ProcessConfig } from '../config.js';
import type { Engine, EngineAssessment } from '../engine.js';
import { environmentOf } from '../engine.js';
import type { Hints } from '../hints.js';
import { endedByCode, vanished } from '../local.states.js';
import { SessionFolder } from '../session-folder.js';
import { followFile } from './follow-file.js';
import type { Launch } from './launcher.js';
import { launch } from './launcher.js';
import { judgeProcess } from './process.assess.js';
import { isAlive, parseIdentity, processesWith, sendSignal } from './procfs.js';
import type { ProcessIdentity } from './procfs.js';
import { layOut } from './workspace.js';

const second = 1000;
/** Pauses while killed processes leave the process table, and how often they are looked for. */
const dyingPause = 10;
const mostLooks = 500;

export class ProcessEngine implements Engine {
  readonly name = 'process';
  readonly kind = kinds.localProcess;
  readonly stopGrace: number;

  constructor(private readonly config: ProcessConfig, private readonly host: PlatformHost, private readonly hints: Hints) {
    this.stopGrace = config.stopGrace;
  }

  assess(draft: Draft): Promise<EngineAssessment> {
    return Promise.resolve({ reasons: judgeProcess(draft.executable, this.config), preparing: second, releasing: second });
  }

  async prepare(plan: Plan, work: Work): Promise<void> {
    const folder = this.folder(plan.session);
    if (await folder.has('launch.json')) return;
    const volumes = await layOut(plan, folder, this.host, work);
    await mkdir(this.bells, { recursive: true });
    await folder.write('launch.json', JSON.stringify(this.launchOf(plan, folder, volumes)));
  }

  async start(session: SessionId): Promise<void> {
    const folder = this.folder(session);
    if (await folder.has('started') || await folder.has('cancel')) return;
    const kept = await folder.read('launch.json');
    if (kept === undefined) throw new BrokerError('conflict', 'us', [reason('not-prepared', 'session {session} is started before it is prepared', { session }, { level: 'ERROR' })]);
    await launch(JSON.parse(kept) as Launch, { folder: folder.path, bell: join(this.bells, session) }, () => { this.hints.ring(session); });
  }

  async observe(sessions: readonly SessionId[]): Promise<ReadonlyMap<SessionId, Observation>> {
    return new Map(await Promise.all(sessions.map(async (session) => [session, await this.see(session)] as const)));
  }

  async signal(session: SessionId, how: 'ask' | 'force'): Promise<void> {
    const identity = await this.identity(this.folder(session));
    const signal = how === 'ask' ? 'SIGTERM' : 'SIGKILL';
    if (identity !== undefined && isAlive(identity)) sendSignal(-identity.pid, signal);
    // Those who left the group, or whose folder was lost, are found by the environment that they inherited.
    if (how === 'force') for (const pid of processesWith('EB_SESSION', session)) sendSignal(pid, 'SIGKILL');
  }

  async release(session: SessionId): Promise<void> {
    await this.endAll(session);
    await rm(join(this.bells, session), { force: true });
  }

  async* logs(session: SessionId, options: { readonly follow: boolean; readonly signal: AbortSignal }): AsyncIterable<string> {
    const folder = this.folder(session);
    const isComplete = async (): Promise<boolean> => {
      if (await folder.has('drained')) return true;
      const { seen } = await this.see(session);
      if (seen === 'running' || seen === 'ready') return !options.follow;
      // After the end the last bytes are still under way while the shell lives.
      return !(await this.isDraining(folder));
    };
    yield* followFile(folder.at('output'), { ...options, isComplete, clock: this.host.clock });
    if (await folder.has('drained') && await folder.size('output') >= this.config.maxOutput) yield `\n[output is kept up to ${this.config.maxOutput} bytes]\n`;
  }

  async listen(signal: AbortSignal): Promise<void> {
    await mkdir(this.bells, { recursive: true });
    try {
      for await (const { filename } of watch(this.bells, { signal })) if (filename !== null && isUuid(filename)) this.hints.ring(filename as SessionId);
    } catch (fault) {
      // Without the watch (a file system that has none) ends of earlier runs are found by looking, only later.
      if (!signal.aborted) this.host.log.warn('ends of processes are not announced', { fault: String(fault) });
    }
  }

  /** Until nothing of the session is found any more: what was forked while the others were looked for is found the next time. */
  private async endAll(session: SessionId): Promise<void> {
    for (let looks = 0; looks < mostLooks; looks += 1) {
      await this.signal(session, 'force');
      if (processesWith('EB_SESSION', session).length === 0) return;
      await this.host.clock.sleep(dyingPause);
    }
    throw new BrokerError('unavailable', 'time', [reason('still-running', 'processes of session {session} do not end though they are killed', { session }, { level: 'ERROR' })]);
  }

  private get bells(): string {
    return join(this.host.folder, 'bells');
  }

  private folder(session: SessionId): SessionFolder {
    return new SessionFolder(this.host.folder, session);
  }

  private async see(session: SessionId): Promise<Observation> {
    const folder = this.folder(session);
    const identity = await this.identity(folder);
    if (identity === undefined) return this.seeUnstarted(folder);
    if (await this.code(folder) === undefined && isAlive(identity)) return { seen: 'running' };
    const code = await this.code(folder);
    const cancelled = await folder.has('cancel');
    return code === undefined ? vanished(cancelled) : endedByCode(code, cancelled);
  }

  private async seeUnstarted(folder: SessionFolder): Promise<Observation> {
    if (await folder.has('cancel')) return { seen: 'ended', outcome: 'cancelled' };
    if (await folder.has('launch.json')) return { seen: 'ready' };
    return { seen: await folder.has() ? 'preparing' : 'gone' };
  }

  private async isDraining(folder: SessionFolder): Promise<boolean> {
    const identity = await this.identity(folder);
    return identity !== undefined && !(await folder.has('drained')) && isAlive(identity);
  }

  private async identity(folder: SessionFolder): Promise<ProcessIdentity | undefined> {
    return parseIdentity(await folder.read('started') ?? '');
  }

  /** Undefined until the whole line is there. */
  private async code(folder: SessionFolder): Promise<number | undefined> {
    const found = /^(\d+)\n$/.exec(await folder.read('code') ?? '');
    return found ? Number(found[1]) : undefined;
  }

  private launchOf(plan: Plan, folder: SessionFolder, volumes: readonly string[]): Launch {
    const [name = '', ...args] = plan.executable.command ?? [];
    const command = this.config.commands.get(name);
    if (command === undefined) throw new BrokerError('unavailable', 'operator', [reason('command-refused', "'{name}' is no longer a command of this node", { name }, { path: 'executable.command[0]', level: 'ERROR' })]);
    const inherited = this.config.inherit.flatMap((key) => (env[key] === undefined ? [] : [[key, env[key]] as const]));
    const cores = plan.granted.cores ?? 1;
    const memory = plan.granted.memory ?? 1;
    return {
      argv: [command.path, ...command.args, ...args], folder: folder.at('work'), maxOutput: this.config.maxOutput, memory: memory * 1024 ** 2, nice: this.config.nice,
      environment: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', ...Object.fromEntries(inherited), ...environmentOf(plan.executable),
        HOME: folder.at('work'), TMPDIR: folder.at('tmp'), EB_SESSION: plan.session, EB_SESSION_FOLDER: folder.at('work'), EB_CORES: String(cores), EB_MEMORY_GIB: String(memory),
        ...Object.fromEntries(volumes.map((path, i) => [`EB_VOLUME_${i}`, path])),
      },
    };
  }
}
