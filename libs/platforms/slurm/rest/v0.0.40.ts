/**
 * Shapes of slurmrestd v0.0.40 (Slurm 23.11) to v0.0.42 as documented; not tried against a real one. Numbers are `{set, infinite, number}`,
 * states are lists, the environment is a list of `NAME=value`, and the script is part of the job.
 * https://slurm.schedmd.com/archive/slurm-23.11.10/rest_api.html
 */
import type { StartOfJob } from '#platforms/batch';
import { expandHosts, mebibytesPerGibibyte, parseGres } from '../texts.js';
import { usableStates } from '../slurm.client.js';
import type { SlurmHost } from '../way.js';
import { limitMinutes, shareOf } from '../way.js';
import { isWell } from './v0.0.38.js';
import type { Json, RestVersion } from './version.js';
import { at, number, text, words } from './version.js';

export function v40(name: string): RestVersion {
  return {
    name,
    submission: ({ job, name: jobName, comment, script, when }) => {
      const { hosts, cores, mebibytes, gres } = shareOf(job);
      return {
        job: {
          script, name: jobName, comment, partition: job.pool, nodes: `${hosts}-${hosts}`, tasks: hosts, tasks_per_node: 1, cpus_per_task: cores, memory_per_node: set(mebibytes),
          time_limit: set(limitMinutes(job.length)), current_working_directory: job.folder, standard_output: job.output, standard_input: '/dev/null', open_mode: ['append'],
          environment: ['PATH=/usr/local/bin:/usr/bin:/bin'], requeue: false,
          ...beginOf(when), ...(job.account === undefined ? {} : { account: job.account }), ...(job.reservation === undefined ? {} : { reservation: job.reservation }),
          ...(gres.length === 0 ? {} : { tres_per_node: gres.map(([kind, amount]) => `gres/${kind}:${amount}`).join(',') }),
        },
      };
    },
    submitted: (answer) => text(answer, 'job_id') || text(answer, 'result', 'job_id') || undefined,
    release: { hold: false },
    beginNow: { begin_time: set(0) },
    job: (of) => ({
      id: text(of, 'job_id'), name: text(of, 'name'), user: text(of, 'user_name'), state: words(of, 'job_state')[0] ?? '', why: text(of, 'state_reason'), waitStatus: waitStatusOf(at(of, 'exit_code')),
      comment: text(of, 'comment'), hosts: text(of, 'nodes'), start: String(amount(of, 'start_time')), end: String(amount(of, 'end_time')), tres: text(of, 'tres_alloc_str'), reservation: text(of, 'resv_name'),
    }),
    hosts: (nodes, partitions) => nodes.flatMap((node) => partitions.filter((one) => words(node, 'partitions').includes(text(one, 'name'))).map((one) => hostOf(node, one))),
    reservation: (of) => ({
      name: text(of, 'name'), hosts: expandHosts(text(of, 'node_list')), interval: { start: amount(of, 'start_time') * 1000, end: amount(of, 'end_time') * 1000 },
      cores: amount(of, 'core_count'), users: text(of, 'users').split(',').filter((user) => user !== ''), flags: words(of, 'flags'),
    }),
    accounted: (of) => ({
      id: text(of, 'job_id'), name: text(of, 'name'), user: text(of, 'user'), state: words(of, 'state', 'current')[0] ?? '', why: 'accounted', comment: text(of, 'comment', 'job'),
      waitStatus: waitStatusOf(at(of, 'exit_code')), hosts: '', start: '', end: '', tres: '', reservation: '',
    }),
    clusterVersion: (answer) => text(answer, 'meta', 'slurm', 'release') || text(answer, 'meta', 'Slurm', 'release'),
  };
}

function beginOf(when: StartOfJob): Json {
  return when === 'now' ? {} : { begin_time: set(Math.ceil(when / 1000)) };
}

function set(value: number): Json {
  return { set: true, infinite: false, number: value };
}

/** A number as it is, or in its wrapping; 0 for none and for infinite. */
function amount(of: unknown, key: string): number {
  const value = at(of, key);
  if (typeof value === 'number') return value;
  return at(value, 'set') === true && at(value, 'infinite') !== true ? number(value, 'number') : 0;
}

function waitStatusOf(exit: unknown): number {
  const signal = amount(at(exit, 'signal'), 'id');
  return signal > 0 ? signal : amount(exit, 'return_code') * 256;
}

/** The state is the first word of a list, the flags are the others. */
function hostOf(node: Json, partition: Json): SlurmHost {
  const [state = '', ...flags] = words(node, 'state');
  const limit = amount(at(partition, 'maximums'), 'time');
  return {
    name: text(node, 'name'), partition: text(partition, 'name'),
    isUsable: usableStates.has(state.toLowerCase()) && words(partition, 'partition', 'state').includes('UP') && isWell(flags),
    resources: { cores: number(node, 'cpus'), memory: Math.floor(number(node, 'real_memory') / mebibytesPerGibibyte), ...parseGres(text(node, 'gres')) },
    longestRun: limit > 0 ? limit * 60_000 : undefined,
  };
}
