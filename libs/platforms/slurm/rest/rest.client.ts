/** Slurm by slurmrestd: one adapter for all versions. An HTTP status alone says nothing there, nor does an empty list of errors. */
import type { SessionId } from '#model';
import { BrokerError, reason } from '#model';
import type { BatchJob, StartOfJob } from '#platforms/batch';
import type { PlatformHost } from '#plugin-sdk';
import { faultOf } from '../faults.js';
import { isOurs } from '../slurm.client.js';
import type { Account, SlurmHost, SlurmJob, SlurmReservation, SlurmWay, WaitingJob } from '../way.js';
import { commentOf, jobName } from '../way.js';
import type { Token, Tokens } from './tokens.js';
import type { Json, RestVersion } from './version.js';
import { list, number, text } from './version.js';

export interface RestParts {
  readonly url: string;
  readonly version: RestVersion;
  /** Who asks when nobody else is named. */
  readonly user: string;
  readonly tokens: Tokens;
  readonly host: Pick<PlatformHost, 'fetch' | 'log' | 'instance' | 'recordUse'>;
}

interface Call { readonly method?: 'GET' | 'POST' | 'DELETE'; readonly session?: SessionId; readonly user?: Account; readonly body?: Json; readonly family?: 'slurm' | 'slurmdb' }
interface Answer { readonly status: number; readonly body: Json; readonly said: string }

/** "Invalid job id specified": it is not known (any more). */
const unknownJob = 2017;
const submission = 'job/submit';
/** What a bad token and a controller that does not answer have in common. */
const unspecified = -1;
const withHosts = new Set(['RUNNING', 'SUSPENDED', 'COMPLETING']);

export class RestClient implements SlurmWay {
  constructor(private readonly parts: RestParts) {}

  async submit(job: BatchJob, script: string, when: StartOfJob): Promise<string> {
    const { version, host } = this.parts;
    const comment = commentOf(host.instance, job.session);
    const body = version.submission({ job, script, when, name: jobName(job.session), comment });
    const answer = await this.ask(submission, { method: 'POST', session: job.session, user: job.user, body });
    const id = version.submitted(answer.body);
    if (id === undefined) throw faultOf('a submission', answer.said);
    return id;
  }

  /** There is no way to ask for some jobs only: one call for all that the controller knows. */
  async jobs(sessions?: readonly SessionId[]): Promise<readonly SlurmJob[]> {
    const jobs = (await this.listed('jobs')).map((one) => this.parts.version.job(one));
    if (sessions === undefined) return jobs.filter(({ state }) => withHosts.has(state));
    const wanted = new Set(sessions.map(jobName));
    return jobs.filter((job) => wanted.has(job.name) && isOurs(job, this.parts.host.instance));
  }

  async accounted(sessions: readonly SessionId[]): Promise<readonly SlurmJob[]> {
    const names = encodeURIComponent(sessions.map(jobName).join(','));
    const answer = await this.ask(`jobs?job_name=${names}`, { family: 'slurmdb' });
    return list(answer.body, 'jobs').map((one) => this.parts.version.accounted(one));
  }

  async hosts(): Promise<readonly SlurmHost[]> {
    const [nodes, partitions] = await Promise.all([this.listed('nodes'), this.listed('partitions')]);
    return this.parts.version.hosts(nodes, partitions);
  }

  async reservations(): Promise<readonly SlurmReservation[]> {
    return (await this.listed('reservations')).map((one) => this.parts.version.reservation(one));
  }

  async letGo({ id, session, user, isTimed }: WaitingJob): Promise<void> {
    const { release, beginNow } = this.parts.version;
    const answer = await this.ask(`job/${id}`, { method: 'POST', session, user, body: isTimed === true ? beginNow : release });
    if (answer.status >= 400 && !/already|no longer pending|not pending/i.test(answer.said)) throw faultOf('a release', answer.said);
  }

  async cancel({ id, session, user }: WaitingJob): Promise<void> {
    const answer = await this.ask(`job/${id}`, { method: 'DELETE', session, user });
    if (answer.status >= 400 && codeOf(answer.body) !== unknownJob && !/already/i.test(answer.said)) throw faultOf('a cancellation', answer.said);
  }

  async version(): Promise<string> {
    return this.parts.version.clusterVersion((await this.ask('ping', {})).body);
  }

  private async listed(name: 'jobs' | 'nodes' | 'partitions' | 'reservations'): Promise<readonly Json[]> {
    const answer = await this.ask(name, {});
    if (answer.status !== 200) throw faultOf(`to list ${name}`, answer.said);
    return list(answer.body, name);
  }

  /** A refusal that may be the token's is asked once more with a new one. */
  private async ask(path: string, call: Call): Promise<Answer> {
    const user = call.user ?? this.parts.user;
    const token = await this.parts.tokens.for(user);
    await this.record(path, call, token);
    const answer = await this.send(path, call, token);
    if (call.method !== undefined) this.parts.host.log.info('asked slurmrestd', { method: call.method, path, user, token: token.mark, status: answer.status });
    if (!isAboutToken(answer)) return answer;
    const fresh = await this.parts.tokens.renew(user);
    // A submission is not repeated here: its answer may be lost, and whoever repeats it looks for the job first.
    if (path !== submission && await this.isUp(fresh)) {
      await this.record(path, call, fresh);
      const again = await this.send(path, call, fresh);
      if (!isAboutToken(again)) return again;
      throw refusedToken(user);
    }
    throw faultOf('slurmrestd', `${answer.said}; the controller does not answer, or takes no token for ${user}`);
  }

  /** What is done for a session stands in the audit record before it is done. */
  private async record(path: string, { method = 'GET', session }: Call, { user, mark }: Token): Promise<void> {
    if (session !== undefined) await this.parts.host.recordUse({ session, account: user, mark, what: `${method} ${path}` });
  }

  private async isUp(token: Token): Promise<boolean> {
    const { status, body } = await this.send('ping', {}, token);
    return status === 200 && list(body, 'pings').some((one) => text(one, 'ping') === 'UP' || text(one, 'pinged') === 'UP');
  }

  private async send(path: string, { method = 'GET', body, family = 'slurm' }: Call, token: Token): Promise<Answer> {
    const { url, version, host } = this.parts;
    const headers = { 'X-SLURM-USER-NAME': token.user, 'X-SLURM-USER-TOKEN': token.value, accept: 'application/json', ...(body ? { 'content-type': 'application/json' } : {}) };
    try {
      const answer = await host.fetch(`${url}/${family}/${version.name}/${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}), signal: AbortSignal.timeout(25_000) });
      return read(answer.status, await answer.text());
    } catch (cause) {
      throw new BrokerError('unavailable', 'time', [reason('slurm', 'slurmrestd at {url} does not answer: {said}', { url, said: messageOf(cause) }, { level: 'ERROR' })], { cause });
    }
  }
}

/** Faults are JSON with a list of errors, or plain text. */
function read(status: number, said: string): Answer {
  try {
    const body = JSON.parse(said) as Json;
    const errors = list(body, 'errors').map((one) => [text(one, 'error'), text(one, 'description')].filter((part) => part !== '').join(': '));
    return { status, body, said: errors.join('; ') || `status ${status}` };
  } catch {
    // "Authentication failure", "Unable to parse query.": no JSON is an answer here.
    return { status, body: {}, said: said.slice(0, 200) || `status ${status}` };
  }
}

function codeOf(body: Json): number {
  const [first] = list(body, 'errors');
  return number(first, 'error_number') || number(first, 'error_code') || number(first, 'errno');
}

function isAboutToken({ status, body }: Answer): boolean {
  return status === 401 || (status >= 500 && codeOf(body) === unspecified);
}

function refusedToken(user: string): BrokerError {
  const text = 'slurmrestd takes no token of this broker for {user}; compare the key with jwt_key of slurm.conf, and the clocks';
  return new BrokerError('unavailable', 'operator', [reason('token-refused', text, { user }, { level: 'ERROR' })]);
}

function messageOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? cause.cause.message : cause.message;
}
