/** OCI containers through the Docker API, as Docker and Podman speak it. */
import type Docker from 'dockerode';
import type { ContainerInfo } from 'dockerode';
import type { ContainerPort, Draft, KeptStorageId, Plan, SessionId } from '#model';
import { BrokerError, kinds, reason } from '#model';
import type { Observation, PlatformHost, Work } from '#plugin-sdk';
import { imageWish } from '#plugin-sdk';
import type { ContainerConfig } from '../config.js';
import type { Engine, EngineAssessment } from '../engine.js';
import type { Hints } from '../hints.js';
import { containerStates, endedByCode, endedByMemory } from '../local.states.js';
import { SessionFolder } from '../session-folder.js';
import { Connection } from './connection.js';
import { createOptions, judgeContainer } from './container.assess.js';
import { listenToEvents } from './events.js';
import { textOf } from './frames.js';
import { isHere, provideImage } from './image.js';
import { containerName, instanceLabel, portsLabel, sessionLabel } from './names.js';
import { asBrokerError, isUnreachable, statusOf, unlessMissing } from './native-fault.js';
import { connectorsOf } from './ports.js';
import { discardVolume, provideVolumes } from './volumes.js';

const preparing = 2000;
const releasing = 2000;
/** SIGKILL, as exit codes tell it. */
const killed = 137;

export class ContainerEngine implements Engine {
  readonly name = 'container';
  readonly kind = kinds.dockerContainer;
  readonly stopGrace: number;
  private readonly connection: Connection;
  private readonly underway = new Set<SessionId>();
  private readonly unlisted = new Set<string>();

  constructor(private readonly config: ContainerConfig, private readonly host: PlatformHost, private readonly hints: Hints) {
    this.stopGrace = config.stopGrace;
    this.connection = new Connection(config, host);
  }

  async assess(draft: Draft): Promise<EngineAssessment> {
    const faults = judgeContainer(draft.executable, this.config);
    const unreachable = await this.connection.fault();
    const reasons = unreachable ? [...faults, unreachable] : faults;
    if (reasons.length > 0) return { reasons, preparing, releasing };
    const here = await this.native('look for the image', (docker) => isHere(docker, imageWish(draft.executable)));
    return { reasons, preparing: here ? preparing : preparing + this.config.pullEstimate, releasing };
  }

  async prepare(plan: Plan, work: Work): Promise<void> {
    this.underway.add(plan.session);
    try {
      await this.native('prepare the container', (docker) => this.build(docker, plan, work));
    } catch (fault) {
      work.signal.throwIfAborted();
      throw fault;
    } finally {
      this.underway.delete(plan.session);
    }
  }

  async start(session: SessionId): Promise<void> {
    if (await this.folder(session).has('cancel')) return;
    await this.native('start the container', async (docker) => {
      const container = docker.getContainer(containerName(session));
      const found = await unlessMissing(container.inspect());
      if (found === undefined) throw new BrokerError('conflict', 'us', [reason('not-prepared', 'session {session} is started before it is prepared', { session }, { level: 'ERROR' })]);
      // Starting one that has ended would run it again.
      if (containerStates[found.State.Status] !== 'ready') return;
      await container.start().catch((fault: unknown) => { if (statusOf(fault) !== 304) throw startFault(fault); });
    });
  }

  async observe(sessions: readonly SessionId[]): Promise<ReadonlyMap<SessionId, Observation>> {
    const listed = await this.native('list containers', (docker) => docker.listContainers({ all: true, filters: { label: [`${instanceLabel}=${this.host.instance}`] } }));
    const bySession = new Map(listed.filter((one) => one.Names.some((name) => !name.endsWith('-porter'))).map((one) => [one.Labels[sessionLabel], one]));
    return new Map(await Promise.all(sessions.map(async (session) => [session, await this.see(session, bySession.get(session))] as const)));
  }

  async signal(session: SessionId, how: 'ask' | 'force'): Promise<void> {
    await this.native('stop the container', async (docker) => {
      const container = docker.getContainer(containerName(session));
      const found = await unlessMissing(container.inspect());
      if (found === undefined || containerStates[found.State.Status] !== 'running') return;
      const polite = (found.Config as { StopSignal?: string }).StopSignal;
      const signal = how === 'force' ? 'SIGKILL' : polite === undefined || polite === '' ? 'SIGTERM' : polite;
      // 409: it has ended in between.
      await container.kill({ signal }).catch((fault: unknown) => { if (statusOf(fault) !== 409 && statusOf(fault) !== 404) throw fault; });
    });
  }

  async release(session: SessionId): Promise<void> {
    await this.native('remove what is left', async (docker) => {
      const filters = { label: [`${sessionLabel}=${session}`] };
      const containers = await docker.listContainers({ all: true, filters });
      await Promise.all(containers.map(({ Id }) => unlessMissing(docker.getContainer(Id).remove({ force: true, v: true }))));
      const { Volumes: volumes } = (await docker.listVolumes({ filters })) as { Volumes: readonly { Name: string }[] | null };
      await Promise.all((volumes ?? []).map(({ Name }) => unlessMissing(docker.getVolume(Name).remove())));
      const networks = await docker.listNetworks({ filters });
      await Promise.all(networks.map(({ Id }) => unlessMissing(docker.getNetwork(Id).remove())));
    });
  }

  async discard(kept: KeptStorageId): Promise<void> {
    await this.native('remove a volume that was kept', (docker) => discardVolume(docker, kept));
  }

  async* logs(session: SessionId, { follow, signal }: { readonly follow: boolean; readonly signal: AbortSignal }): AsyncIterable<string> {
    try {
      const stream = await this.native('read the output', (docker) => openLogs(docker.getContainer(containerName(session)), follow, signal));
      if (stream !== undefined) yield* textOf(stream);
    } catch (fault) {
      if (!signal.aborted) throw asBrokerError(fault, 'read the output');
    }
  }

  listen(signal: AbortSignal): Promise<void> {
    return listenToEvents(this.connection, this.host, this.hints, signal);
  }

  private folder(session: SessionId): SessionFolder {
    return new SessionFolder(this.host.folder, session);
  }

  /** The container comes last: that it is there means that all is prepared. */
  private async build(docker: Docker, plan: Plan, work: Work): Promise<void> {
    if (await unlessMissing(docker.getContainer(containerName(plan.session)).inspect())) return;
    await this.folder(plan.session).make();
    const image = await provideImage(docker, imageWish(plan.executable), this.config, work);
    work.signal.throwIfAborted();
    await provideVolumes(docker, { plan, image }, this.host, work);
    work.signal.throwIfAborted();
    const { cores } = await this.connection.runtime();
    await docker.createContainer(createOptions(plan, image, this.config, { instance: this.host.instance, cores }));
  }

  private async see(session: SessionId, found: ContainerInfo | undefined): Promise<Observation> {
    if (found === undefined) return this.underway.has(session) ? { seen: 'preparing' } : { seen: 'gone' };
    const state = containerStates[found.State];
    const cancelled = await this.folder(session).has('cancel');
    if (state === undefined) return this.seeUnlisted(found.State);
    if (state === 'ready') return cancelled ? { seen: 'ended', outcome: 'cancelled' } : { seen: 'ready' };
    return state === 'running' ? this.seeRunning(found) : this.seeEnded(found, cancelled);
  }

  private async seeRunning(found: ContainerInfo): Promise<Observation> {
    const ports = JSON.parse(found.Labels[portsLabel] ?? '[]') as readonly ContainerPort[];
    if (ports.length === 0) return { seen: 'running' };
    const detail = await this.native('look at the container', (docker) => unlessMissing(docker.getContainer(found.Id).inspect()));
    return detail === undefined ? { seen: 'gone' } : { seen: 'running', connectors: await connectorsOf(detail, ports) };
  }

  private async seeEnded(found: ContainerInfo, cancelled: boolean): Promise<Observation> {
    const detail = await this.native('look at the container', (docker) => unlessMissing(docker.getContainer(found.Id).inspect()));
    if (detail === undefined) return { seen: 'gone' };
    const { ExitCode: code, OOMKilled: oom } = detail.State;
    // Some runtimes don't tell; a SIGKILL that is not ours is then most likely the kernel's for memory.
    if (!cancelled && (oom || code === killed)) return endedByMemory(code, (detail.HostConfig.Memory ?? 0) / 1024 ** 3, oom);
    return endedByCode(code, cancelled);
  }

  private seeUnlisted(state: string): Observation {
    if (!this.unlisted.has(state)) this.host.log.warn('a container is in a state that is not listed', { state });
    this.unlisted.add(state);
    return { seen: 'unknown' };
  }

  private async native<T>(what: string, call: (docker: Docker) => Promise<T>): Promise<T> {
    const docker = await this.connection.docker();
    try {
      return await call(docker);
    } catch (fault) {
      if (isUnreachable(fault)) this.connection.forget();
      throw asBrokerError(fault, what);
    }
  }
}

/** A container without output yet, or none at all, has no stream. */
async function openLogs(container: Docker.Container, follow: boolean, signal: AbortSignal): Promise<AsyncIterable<Buffer | string> | undefined> {
  const which = { stdout: true, stderr: true };
  if (!follow) {
    const whole = await unlessMissing(container.logs({ ...which, follow: false }));
    return whole === undefined ? undefined : (async function* () { yield whole; })();
  }
  const stream = await unlessMissing(container.logs({ ...which, follow: true, abortSignal: signal }));
  return stream as AsyncIterable<Buffer | string> | undefined;
}

/** Wrong words of the request show only now, as faults of starting. */
function startFault(fault: unknown): BrokerError {
  const text = (fault as Error).message;
  const isCaller = /exec: |executable file|command that was not found|OCI permission denied/i.test(text);
  if (!isCaller) return asBrokerError(fault, 'start the container');
  return new BrokerError('conflict', 'caller', [reason('command-not-found', 'the command is not in the image: {fault}', { fault: text }, { path: 'executable.command', level: 'ERROR' })], { cause: fault });
}
