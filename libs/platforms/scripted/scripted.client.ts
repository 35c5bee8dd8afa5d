/**
 * The "native" system: one folder for each session with a file that says what was done to it and when. Everything else
 * follows from the file and the clock, so a killed node finds its sessions as they would be by now. Written synchronously
 * and by rename: a kill leaves the old file or the new one.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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

export class ScriptedClient {
  private readonly root: string;

  constructor(folder: string) {
    this.root = join(folder, 'sessions');
  }

  folderOf(session: SessionId): string {
    return join(this.root, session);
  }

  read(session: SessionId): ScriptedState | undefined {
    const file = join(this.folderOf(session), 'state.json');
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as ScriptedState : undefined;
  }

  write(state: ScriptedState): ScriptedState {
    const folder = this.folderOf(state.session);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'state.next'), JSON.stringify(state));
    renameSync(join(folder, 'state.next'), join(folder, 'state.json'));
    return state;
  }

  remove(session: SessionId): void {
    rmSync(this.folderOf(session), { recursive: true, force: true });
  }

  /** Sessions that something is left of. */
  list(): readonly SessionId[] {
    return existsSync(this.root) ? readdirSync(this.root) as SessionId[] : [];
  }
}
