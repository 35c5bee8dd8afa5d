/**
 * Starts a payload so that it outlives the broker and its end is known to whoever looks later.
 *
 *   sh (own session and group; writes `started`) ── payload (writes through a pipe) ── cat (fills `output`)
 *
 * The shell is ours alone: the payload's words come to it as positional parameters and are never read as shell text.
 */
import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { BrokerError, reason } from '#model';

/** Plain JSON, kept in the session's folder from prepare to start. */
export interface Launch {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Most bytes of output that are kept. */
  readonly maxOutput: number;
  /** KiB of private memory of one process (RLIMIT_DATA). */
  readonly memory: number;
  readonly nice: number;
}

/*
 * `set -C` makes the creation of `started` exclusive: of two starts one wins, also across a crash. Signals that we send to the
 * group are ignored before anything is forked: a reader that came to ignore them only by itself was killed, and the output lost,
 * when a quick payload ended first. The payload's shell traps them instead (ignoring would be inherited by the payload), so
 * that it lives to write the code. What the payload leaves running in its group when it ends is asked to end too. The file size
 * limit binds the reader alone: the first cat ends at it, the second takes the rest, so that the payload does not notice. The bell is a file in a folder that one watch covers for all sessions.
 */
const script = `
d=$1 bell=$2 most=$3 memory=$4; shift 4
read -r stat </proc/$$/stat && read -r boot </proc/sys/kernel/random/boot_id || exit 125
set -C; echo "$boot $stat" >"$d/started" || exit 125; set +C
echo started; exec >/dev/null 2>&1 </dev/null
[ -e "$d/cancel" ] && exit 125
ulimit -c 0; ulimit -d "$memory"
trap '' TERM INT HUP
( trap : TERM INT HUP; "$@"; code=$?; trap '' TERM; echo "$code" >"$d/code"; : >"$bell"; kill -TERM 0 ) 2>&1 |
( trap '' XFSZ; ulimit -f "$most"; cat; exec cat >/dev/null ) >"$d/output"
: >"$d/drained"
`;

/** Unit of `ulimit -f` in POSIX shells. */
const fileBlock = 512;

/** Resolves when the payload is about to run and its identity is on disk; `ended` is called when its shell has ended. */
export async function launch(what: Launch, where: { readonly folder: string; readonly bell: string }, ended: () => void): Promise<void> {
  const words = [where.folder, where.bell, String(Math.ceil(what.maxOutput / fileBlock)), String(what.memory), ...what.argv];
  const child = spawn('/bin/sh', ['-c', script, 'eb-session', ...words], {
    cwd: what.folder, env: what.environment, detached: true, stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('error', (fault: NodeJS.ErrnoException) => { reject(spawnFault(fault)); });
    child.stdout.once('data', () => { resolve(); });
    child.once('exit', () => { resolve(); ended(); });
    if (child.pid !== undefined && what.nice > constants.priority.PRIORITY_NORMAL) setPriority(child.pid, what.nice);
  });
  child.stdout.destroy();
  child.unref();
}

function spawnFault(fault: NodeJS.ErrnoException): BrokerError {
  const passes = fault.code === 'EAGAIN' || fault.code === 'ENOMEM' || fault.code === 'EMFILE';
  return new BrokerError('unavailable', passes ? 'time' : 'operator', [reason('spawn-failed', 'no process can be started: {fault}', { fault: fault.message }, { level: 'ERROR' })], { cause: fault });
}
