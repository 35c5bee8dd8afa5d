/**
 * The "native" system: one file for each session, to which a line is added for each thing that was done to it. Everything
 * else follows from the lines and the clock, so a killed node finds its sessions as they would be by now. Written
 * synchronously, in one call each: a kill leaves whole lines, and a line that was cut off doesn't count.
 */
import { appendFileSync, closeSync, constants, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instant, KeptStorageId, Resources, SessionId } from '#model';
import { BrokerError, reason } from '#model';
import type { Script, ScriptedFailure } from './script.js';

export interface ScriptedState {
  readonly session: SessionId;
  readonly script: Script;
  /** When the present try to prepare began. */
  readonly begun: Instant;
  readonly isPrepared: boolean;
  /** When it began to be queued ahead of its start. */
  readonly approached?: Instant;
  readonly started?: Instant;
  readonly cancelled?: Instant;
  /** The size that it was given last, where that was changed. */
  readonly granted?: Resources;
  /** How often each step has failed as its script says. */
  readonly failures: Readonly<Partial<Record<ScriptedFailure['at'], number>>>;
}

const ending = '.jsonl';

export class ScriptedClient {
  private readonly sessions: string;
  private readonly data: string;
  private readonly kept: string;

  /** `history`: a file that everything done is added to, also of sessions that are over; for audits. */
  constructor(private readonly folder: string, private readonly history: string | undefined) {
    this.sessions = join(folder, 'sessions');
    this.data = join(folder, 'data');
    this.kept = join(folder, 'kept');
  }

  /** Where the session's data is staged. */
  dataFolder(session: SessionId): string {
    return join(this.data, session);
  }

  read(session: SessionId): ScriptedState | undefined {
    const file = this.file(session);
    if (!existsSync(file)) return undefined;
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return lines.length === 0 ? undefined : Object.assign({}, ...lines.map((line) => JSON.parse(line) as object)) as ScriptedState;
  }

  begin(state: ScriptedState): ScriptedState {
    mkdirSync(this.sessions, { recursive: true });
    writeFileSync(this.file(state.session), `${JSON.stringify(state)}\n`);
    this.tell({ did: 'begin', ...state });
    return state;
  }

  /** What has changed of a session that was begun; throws when it is gone, and does not make it anew. */
  note(session: SessionId, change: Partial<ScriptedState>): void {
    const file = openSync(this.file(session), constants.O_WRONLY | constants.O_APPEND);
    try {
      appendFileSync(file, `${JSON.stringify(change)}\n`);
    } finally {
      closeSync(file);
    }
    this.tell({ did: 'note', session, ...change });
  }

  remove(session: SessionId): void {
    const isThere = existsSync(this.file(session));
    // Forced, because another replica may do the same at the same time.
    rmSync(this.dataFolder(session), { recursive: true, force: true });
    rmSync(this.file(session), { force: true });
    if (isThere) this.tell({ did: 'remove', session });
  }

  /** Storage that outlives its sessions, as an empty folder. Throws for what is gone and may not be made. */
  keep(id: KeptStorageId, make: boolean): void {
    if (!make && !existsSync(join(this.kept, id))) throw new BrokerError('conflict', 'operator', [reason('kept-missing', 'kept storage {id} is gone', { id }, { level: 'ERROR' })]);
    mkdirSync(join(this.kept, id), { recursive: true });
  }

  discard(id: KeptStorageId): void {
    rmSync(join(this.kept, id), { recursive: true, force: true });
  }

  keptStorage(): readonly string[] {
    return existsSync(this.kept) ? readdirSync(this.kept) : [];
  }

  /** Sessions that something is left of. */
  list(): readonly SessionId[] {
    const names = [this.sessions, this.data].filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder));
    return [...new Set(names.map((name) => name.replace(ending, '') as SessionId))];
  }

  /** What pretended others use; undefined while nobody has written it. Throws for what can't be read. */
  others(): unknown {
    const file = join(this.folder, 'others.json');
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  }

  private tell(what: object): void {
    if (this.history !== undefined) appendFileSync(join(this.folder, this.history), `${JSON.stringify({ pid: process.pid, ...what })}\n`);
  }

  private file(session: SessionId): string {
    return join(this.sessions, session + ending);
  }
}
