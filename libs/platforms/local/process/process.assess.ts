/** Which processes may run. */
import { existsSync } from 'node:fs';
import type { Executable, Reason } from '#model';
import { reason } from '#model';
import type { ProcessConfig } from '../config.js';
import { environmentOf } from '../engine.js';

/** Bytes of all arguments together; the kernel's own limit is higher and fails only at the start. */
const mostArgumentBytes = 100_000;

/** Why this executable does not run as a process here; empty when it does. */
export function judgeProcess(executable: Executable, config: ProcessConfig): readonly Reason[] {
  return [...judgeMachine(), ...judgeCommand(executable.command, config), ...judgeEnvironment(executable, config)];
}

function judgeMachine(): readonly Reason[] {
  return existsSync('/proc/self/stat') ? [] : [reason('machine-unfit', 'processes run on Linux only, this machine has no /proc', {}, { path: 'executable.kind' })];
}

function judgeCommand(command: readonly string[] | undefined, config: ProcessConfig): readonly Reason[] {
  const [name, ...args] = command ?? [];
  if (name === undefined) return [reason('command-missing', 'no command is given; the first word is one of: {known}', { known: known(config) }, { path: 'executable.command' })];
  if (!config.commands.has(name)) {
    return [reason('command-refused', "'{name}' is not a command of this node; it has: {known}", { name: name.slice(0, 80), known: known(config) }, { path: 'executable.command[0]' })];
  }
  const odd = args.findIndex((arg) => typeof arg !== 'string' || arg.includes('\0'));
  if (odd >= 0) return [reason('argument-malformed', 'the argument is not text that a process can get', {}, { path: `executable.command[${odd + 1}]` })];
  if (Buffer.byteLength(args.join(' ')) > mostArgumentBytes) return [reason('too-long', 'the arguments are longer than {most} bytes', { most: mostArgumentBytes }, { path: 'executable.command' })];
  return [];
}

/** An allow-list, because variables such as LD_PRELOAD or NODE_OPTIONS make any command run any code. */
function judgeEnvironment(executable: Executable, config: ProcessConfig): readonly Reason[] {
  return Object.entries(environmentOf(executable)).flatMap(([name, value]) => {
    const path = `executable.environment.${name}`;
    if (!config.environment.includes(name)) {
      return [reason('variable-refused', "a request may not set '{name}'; it may set: {known}", { name, known: config.environment.join(', ') || 'nothing' }, { path })];
    }
    return value.includes('\0') ? [reason('argument-malformed', 'the value is not text that a process can get', {}, { path })] : [];
  });
}

function known(config: ProcessConfig): string {
  return [...config.commands.keys()].join(', ') || 'nothing';
}
