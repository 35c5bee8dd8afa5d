/**
 * Shapes of slurmrestd v0.0.38 (Slurm 22.05), as the real one gives and takes them: several documented types are not what it does.
 * https://slurm.schedmd.com/archive/slurm-22.05.8/rest_api.html
 */
import type { StartOfJob } from '#platforms/batch';
import { expandHosts, mebibytesPerGibibyte, parseGres } from '../texts.js';
import { usableStates } from '../slurm.client.js';
import type { SlurmHost, SlurmJob } from '../way.js';
import { limitMinutes, shareOf, utsOf } from '../way.js';
import type { Json, RestVersion } from './version.js';
import { at, number, text, words } from './version.js';

export const v38: RestVersion = {
  name: 'v0.0.38',
  submission: ({ job, name, comment, script, when }) => {
    const { hosts, cores, mebibytes, gres } = shareOf(job);
    return {
      script,
      job: {
        name, comment, partition: job.pool, nodes: `${hosts}-${hosts}`, tasks: hosts, tasks_per_node: 1, cpus_per_task: cores, memory_per_node: mebibytes,
        time_limit: limitMinutes(job.length), current_working_directory: job.folder, standard_output: job.output, standard_input: '/dev/null', open_mode: 'append',
        // Required, and all that the job has.
        environment: { PATH: '/usr/local/bin:/usr/bin:/bin' },
        ...beginOf(when), ...(job.account === undefined ? {} : { account: job.account }), ...(job.reservation === undefined ? {} : { reservation: job.reservation }),
        ...(gres.length === 0 ? {} : { gres: gres.map(([kind, amount]) => `${kind}:${amount}`).join(',') }),
      },
    };
  },
  submitted: (answer) => text(answer, 'job_id') || undefined,
  release: { hold: false },
  beginNow: { begin_time: 'now' },
  job: (of) => ({
    id: text(of, 'job_id'), name: text(of, 'name'), user: text(of, 'user_name'), state: text(of, 'job_state'), why: text(of, 'state_reason'), waitStatus: number(of, 'exit_code'),
    comment: text(of, 'comment'), hosts: text(of, 'nodes'), start: text(of, 'start_time'), end: text(of, 'end_time'), tres: text(of, 'tres_alloc_str'), reservation: text(of, 'resv_name'),
  }),
  hosts: (nodes, partitions) => nodes.flatMap((node) => partitions.filter((one) => words(node, 'partitions').includes(text(one, 'name'))).map((one) => hostOf(node, one))),
  reservation: (of) => ({
    name: text(of, 'name'), hosts: expandHosts(text(of, 'node_list')), interval: { start: number(of, 'start_time') * 1000, end: number(of, 'end_time') * 1000 },
    cores: number(of, 'core_count'), users: text(of, 'users').split(',').filter((user) => user !== ''), flags: words(of, 'flags'),
  }),
  accounted: (of): SlurmJob => ({
    id: text(of, 'job_id'), name: text(of, 'name'), user: text(of, 'user'), state: text(of, 'state', 'current'), why: 'accounted', comment: text(of, 'comment', 'job'),
    waitStatus: number(of, 'exit_code', 'return_code') * 256 + number(of, 'exit_code', 'signal', 'signal_id'), hosts: '', start: '', end: '', tres: '', reservation: '',
  }),
  clusterVersion: (answer) => text(answer, 'meta', 'Slurm', 'release'),
};

/** An integer is what the schema says, and refused. */
function beginOf(when: StartOfJob): Json {
  return when === 'now' ? {} : { begin_time: utsOf(when) };
}

function hostOf(node: Json, partition: Json): SlurmHost {
  const limit = at(partition, 'max_time_limit');
  return {
    name: text(node, 'name'), partition: text(partition, 'name'),
    isUsable: usableStates.has(text(node, 'state').toLowerCase()) && text(partition, 'state') === 'UP' && isWell(words(node, 'state_flags')),
    resources: { cores: number(node, 'cpus'), memory: Math.floor(number(node, 'real_memory') / mebibytesPerGibibyte), ...parseGres(text(node, 'gres')) },
    longestRun: typeof limit === 'number' && limit > 0 ? limit * 60_000 : undefined,
  };
}

/** Flags beside the state that keep jobs away. */
export function isWell(flags: readonly string[]): boolean {
  return !flags.some((flag) => ['DRAIN', 'FAIL', 'MAINTENANCE', 'NOT_RESPONDING', 'NO_RESPOND', 'POWERED_DOWN', 'POWERING_DOWN', 'REBOOT_REQUESTED', 'INVALID_REG'].includes(flag));
}
