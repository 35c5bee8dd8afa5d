/**
 * The "native" system: one file for each session, to which a line is added for each thing that was done to it. Everything
 * else follows from the lines and the clock, so a killed node finds its sessions as they would be by now. Written
 * synchronously, in one call each: a kill leaves whole lines, and a line that was cut off doesn't count.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instant, SessionId } from '#model';
import type { Script, ScriptedFailure } from './script.js';

export interface ScriptedState {
  readonly session: SessionId;
  readonly script: Script;
  /** When the present try to prepare began. */
  readonly begun: Instant;
  readonly isPrepared: boolean;
  readonly started?: Instant;
  readonly cancelled?: Instant;
  /** How often each step has failed as its script says. */
  readonly failures: Readonly<Partial<Record<ScriptedFailure['at'], number>>>;
}

const ending = '.jsonl';

export class ScriptedClient {
  private readonly sessions: string;
  private readonly data: string;

  constructor(folder: string) {
    this.sessions = join(folder, 'sessions');
    this.data = join(folder, 'data');
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
    return state;
  }

  /** What has changed of a session that was begun. */
  note(session: SessionId, change: Partial<ScriptedState>): void {
    appendFileSync(this.file(session), `${JSON.stringify(change)}\n`);
  }

  remove(session: SessionId): void {
    if (existsSync(this.dataFolder(session))) rmSync(this.dataFolder(session), { recursive: true });
    if (existsSync(this.file(session))) unlinkSync(this.file(session));
  }

  /** Sessions that something is left of. */
  list(): readonly SessionId[] {
    const names = [this.sessions, this.data].filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder));
    return [...new Set(names.map((name) => name.replace(ending, '') as SessionId))];
  }

  private file(session: SessionId): string {
    return join(this.sessions, session + ending);
  }
}
