/** Where the container runtime is, and whether it answers. It is looked for again whenever it does not. */
import { existsSync } from 'node:fs';
import { env } from 'node:process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { BrokerError, reason } from '#model';
import type { Clock, Instant, Log, Reason } from '#model';
import type { ContainerConfig } from '../config.js';

/** A runtime that answered; `cores` is what the machine behind it has. */
export interface Runtime { readonly docker: Docker; readonly cores: number }

type Answer = { readonly runtime: Runtime } | { readonly fault: Reason };

/** How long an answer is believed, good or bad. */
const believed = 3000;
const pingTimeout = 5000;

export class Connection {
  private last: { readonly at: Instant; readonly answer: Promise<Answer> } | undefined;
  private warned = false;

  constructor(private readonly config: ContainerConfig, private readonly host: { readonly clock: Clock; readonly log: Log }) {}

  /** Throws BrokerError 'unavailable' (time) when none answers. */
  async docker(): Promise<Docker> {
    return (await this.runtime()).docker;
  }

  async runtime(): Promise<Runtime> {
    const answer = await this.answer();
    if ('runtime' in answer) return answer.runtime;
    throw new BrokerError('unavailable', 'time', [answer.fault]);
  }

  /** Why no container can run now; undefined when one can. */
  async fault(): Promise<Reason | undefined> {
    const answer = await this.answer();
    return 'fault' in answer ? answer.fault : undefined;
  }

  /** Forgets a runtime that has just failed, so that the next call looks again. */
  forget(): void {
    this.last = undefined;
  }

  private answer(): Promise<Answer> {
    const now = this.host.clock.now();
    if (this.last === undefined || now - this.last.at >= believed || now < this.last.at) this.last = { at: now, answer: this.look() };
    return this.last.answer;
  }

  private async look(): Promise<Answer> {
    const tried: string[] = [];
    for (const address of addresses(this.config.socket)) {
      const docker = new Docker(optionsOf(address));
      try {
        // A time limit of a client binds all its calls, and pulls and logs take long: hence one of its own for the question.
        const info = (await new Docker({ ...optionsOf(address), timeout: pingTimeout }).info()) as { NCPU?: number };
        this.warned = false;
        return { runtime: { docker, cores: info.NCPU ?? 1 } };
      } catch (fault) {
        tried.push(`${address} (${(fault as NodeJS.ErrnoException).code ?? (fault as Error).message})`);
      }
    }
    const why = reason('runtime-unreachable', 'no container runtime answers; tried {tried}; start Docker or Podman\'s service, or set DOCKER_HOST or containers.socket', { tried: tried.join(', ') || 'no socket, there is none in the usual places' }, { path: 'executable.kind' });
    if (this.config.enabled === 'on' && !this.warned) this.host.log.warn('no container runtime answers', { tried });
    this.warned = true;
    return { fault: why };
  }
}

/** What the configuration says, else the environment, else the usual sockets that exist. */
function addresses(configured: string | undefined): readonly string[] {
  const given = configured ?? env.DOCKER_HOST;
  if (given !== undefined && given !== '') return [given];
  const run = env.XDG_RUNTIME_DIR;
  const personal = run === undefined ? [] : [join(run, 'docker.sock'), join(run, 'podman/podman.sock')];
  const usual = ['/var/run/docker.sock', '/run/podman/podman.sock', ...personal, join(homedir(), '.docker/run/docker.sock')];
  return usual.filter((path) => existsSync(path)).map((path) => `unix://${path}`);
}

function optionsOf(address: string): Docker.DockerOptions {
  if (address.startsWith('/')) return { socketPath: address };
  if (address.startsWith('unix://')) return { socketPath: address.slice('unix://'.length) };
  const url = new URL(address.replace(/^tcp:/, 'http:'));
  return { protocol: url.protocol === 'https:' ? 'https' : 'http', host: url.hostname, port: Number(url.port || 2375) };
}
