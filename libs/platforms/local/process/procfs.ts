/** Processes as the kernel tells them (proc(5)). A pid alone is never believed: it may belong to somebody else by now. */
import { readFileSync, readdirSync } from 'node:fs';

/** One process for all time: the machine's boot, the pid, and when it started (clock ticks since boot). */
export interface ProcessIdentity { readonly boot: string; readonly pid: number; readonly startTime: string }

/** Reads the line `boot-id` + `/proc/PID/stat`, as the launcher writes it. Undefined for anything else. */
export function parseIdentity(line: string): ProcessIdentity | undefined {
  const found = /^([0-9a-f-]{36}) (.*)\n$/s.exec(line);
  const stat = found?.[2] === undefined ? undefined : parseStat(found[2]);
  return found?.[1] === undefined || stat === undefined ? undefined : { boot: found[1], pid: stat.pid, startTime: stat.startTime };
}

/** True while exactly this process runs; a zombie does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (readOrNothing('/proc/sys/kernel/random/boot_id').trim() !== identity.boot) return false;
  const now = parseStat(readOrNothing(`/proc/${identity.pid}/stat`));
  return now !== undefined && now.startTime === identity.startTime && now.state !== 'Z' && now.state !== 'X';
}

/** Pids of all processes whose environment has `name=value`, wherever they moved to. */
export function processesWith(name: string, value: string): readonly number[] {
  const entry = `${name}=${value}`;
  return readdirSync('/proc').filter((file) => /^\d+$/.test(file)).map(Number)
    .filter((pid) => pid !== process.pid && readOrNothing(`/proc/${pid}/environ`).split('\0').includes(entry));
}

/** Sends a signal; a process (or, negative, a group) that is gone is fine. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'ESRCH') throw fault;
  }
}

/** The name in parentheses may itself hold spaces and parentheses, so fields are counted from the last one. */
function parseStat(line: string): { pid: number; state: string; startTime: string } | undefined {
  const pid = Number.parseInt(line, 10);
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTime = fields[19];
  return pid > 0 && state !== undefined && startTime !== undefined ? { pid, state, startTime } : undefined;
}

const unreadable = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR']);

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (fault) {
    if (unreadable.has((fault as NodeJS.ErrnoException).code ?? '')) return '';
    throw fault;
  }
}
