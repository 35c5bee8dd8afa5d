/** Which containers may run, and how one is made of a plan. */
import type { ContainerCreateOptions } from 'dockerode';
import type { Executable, Plan, Reason, Resources } from '#model';
import { reason } from '#model';
import { accessPorts, judgeImage, judgePorts } from '#plugin-sdk';
import type { ContainerConfig } from '../config.js';
import { environmentOf } from '../engine.js';
import { containerName, labelsOf, portsLabel } from './names.js';
import { bindings, exposed } from './ports.js';
import { mountsOf } from './volumes.js';

const gibibyte = 1024 ** 3;
const nanoCores = 1e9;

/** Why this container does not run here; empty when it does. */
export function judgeContainer(executable: Executable, config: ContainerConfig): readonly Reason[] {
  const privileged = executable.privileged === true
    ? [reason('privileged-refused', 'privileged containers do not run here; leave it out', {}, { path: 'executable.privileged' })] : [];
  const rules = { images: config.images, requireDigest: config.requireDigest, architectures: [config.architecture] };
  return [...judgeImage(executable, rules), ...privileged, ...judgePorts(executable), ...judgeWords(executable)];
}

function judgeWords(executable: Executable): readonly Reason[] {
  const bad = Object.entries(environmentOf(executable)).filter(([name, value]) => !/^[^=\0]+$/.test(name) || value.includes('\0'));
  const odd = (executable.command ?? []).findIndex((word) => word.includes('\0'));
  return [
    ...bad.map(([name]) => reason('argument-malformed', "'{name}' can't be a variable of a container", { name }, { path: `executable.environment.${name}` })),
    ...(odd < 0 ? [] : [reason('argument-malformed', 'the word is not text that a container can get', {}, { path: `executable.command[${odd}]` })]),
  ];
}

/** Swap is off: with it, the memory limit would mean little. More cores than the machine has are refused by runtimes; a pool may be configured to have more. */
export function limitsOf(granted: Resources, cores: number): { readonly NanoCpus: number; readonly Memory: number; readonly MemorySwap: number } {
  const memory = (granted.memory ?? 1) * gibibyte;
  return { NanoCpus: Math.min(granted.cores ?? 1, cores) * nanoCores, Memory: memory, MemorySwap: memory };
}

/** What the runtime is told. */
export function createOptions(plan: Plan, image: string, config: ContainerConfig, where: { readonly instance: string; readonly cores: number }): ContainerCreateOptions {
  const { executable } = plan;
  const ports = accessPorts(executable);
  return {
    name: containerName(plan.session), Image: image, Tty: false, OpenStdin: false,
    Labels: { ...labelsOf(plan.session, where.instance), [portsLabel]: JSON.stringify(ports) },
    Env: Object.entries({ EB_SESSION: plan.session, ...environmentOf(executable) }).map(([name, value]) => `${name}=${value}`),
    ...(executable.command === undefined ? {} : { Cmd: [...executable.command] }),
    ...(executable.entrypoint === undefined || executable.entrypoint === '' ? {} : { Entrypoint: [executable.entrypoint] }),
    ExposedPorts: exposed(executable),
    HostConfig: {
      ...limitsOf(plan.granted, where.cores), PidsLimit: config.pidsLimit, Mounts: mountsOf(plan), NetworkMode: config.network,
      PortBindings: bindings(ports, config.publishAddress), Privileged: false, SecurityOpt: ['no-new-privileges'], RestartPolicy: { Name: 'no' },
      ...(config.ulimits.length === 0 ? {} : { Ulimits: config.ulimits.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })) }),
    },
  };
}
