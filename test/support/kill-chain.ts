/** A node killed at every point of its sessions' lives, one point after the other on one database, and what is left in the end. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect } from 'vitest';
import { isFinal, kinds } from '#model';
import type { SessionPhase } from '#model';
import { until } from './replica.js';
import type { Replica, ReplicaGround } from './replica.js';

/** Before and after each call of a platform, as faulty-main.ts writes it. */
export const killPoints = ['prepare', 'start', 'cancel', 'release'].flatMap((step) => [`${step}:before`, `${step}:after`]);

/** What every configuration here has: short times, so that a session's life is over within seconds. */
export const shortLives = { booking: { grain: 'PT1S', offerExpiry: 'PT5S', spacing: 'PT10S', mostOffers: 2 }, sessions: { lease: 'PT1S', poll: 'PT0.2S' } };

/** Seconds, for a busy machine. */
const patience = 180;

export class KillChain {
  /** `platform`: the name of the one platform, whose folder is looked at in the end. `excuses`: why a session may have FAILED while no node ran. */
  constructor(private readonly parts: { readonly databaseUrl: string; readonly ground: ReplicaGround; readonly platform: string; readonly excuses?: RegExp }) {}

  /** Kills a node at each point in turn; gives the sessions that clients were told of, when everything has come to rest. */
  async liveThrough(points: readonly string[], executable: object): Promise<readonly string[]> {
    const { ground, databaseUrl } = this.parts;
    const told: string[] = [];
    for (const point of points) {
      // What earlier ones left may bring it to its fault before it listens.
      const replica = await ground.start(databaseUrl, point).catch((error: unknown) => {
        expect(String(error)).toContain('ended before it listened');
        return undefined;
      });
      if (replica) told.push(...await untilKilled(replica, point, executable));
    }
    await this.comeToRest(told);
    return told;
  }

  async expectNothingLeft(): Promise<void> {
    expect(await this.read("select id, phase from session where document::json->'work'->>'stage' <> 'settled' or phase not in ('COMPLETED', 'FAILED') or lease_by is not null")).toEqual([]);
    expect(await this.count(`select count(*) from booking where ends > ${Date.now()}`)).toBe(0);
    expect(await this.count("select count(*) from (select session, number, row_number() over (partition by session order by number) n from session_event) e where number <> n")).toBe(0);
    expect(await this.count("select count(*) from (select session from session_event where event->>'kind' = 'phase' and event->>'phase' = 'RUNNING' group by session having count(*) > 1) e")).toBe(0);
    const late = await this.read<{ words: string }>("select document::json->'session'->>'messages' as words from session where phase = 'FAILED'");
    for (const { words } of late) expect((JSON.parse(words) as { kind: string }[]).map(({ kind }) => kind.split(':').at(-1)).join(' ')).toMatch(this.parts.excuses ?? /too-late|never-ran/);
    const folder = join(this.parts.ground.folder, 'state/platforms', this.parts.platform);
    const left = ['sessions', 'data', 'bells'].map((name) => join(folder, name)).filter((place) => existsSync(place)).flatMap((place) => readdirSync(place));
    expect(left).toEqual([]);
  }

  /** Every session that was ever made, told of or not. */
  async sessions(): Promise<readonly string[]> {
    return (await this.read<{ id: string }>('select id from session')).map(({ id }) => id);
  }

  private async comeToRest(told: readonly string[]): Promise<void> {
    const last = await this.parts.ground.start(this.parts.databaseUrl);
    for (const session of told) {
      await until(`session ${session} is over`, async () => {
        const { status, body } = await last.session(session);
        expect(status).toBe(200);
        return isFinal(body.phase as SessionPhase);
      }, patience);
    }
    await until('nothing is due and nothing is held', async () => (await this.count("select (select count(*) from session where due is not null) + (select count(*) from offer_set where state = 'OFFERED')")) === 0, patience);
  }

  private async read<Row extends pg.QueryResultRow>(sql: string): Promise<readonly Row[]> {
    const client = new pg.Client(this.parts.databaseUrl);
    await client.connect();
    const { rows } = await client.query<Row>(sql);
    await client.end();
    return rows;
  }

  private async count(sql: string): Promise<number> {
    const [row] = await this.read<Record<string, string>>(sql);
    return Number(Object.values(row ?? {})[0]);
  }
}

const wish = (executable: object): object => ({
  executable, compute: { kind: kinds.simpleCompute, cores: { min: 1, max: 1 } }, schedule: { requested: { duration: { min: 'PT1S', max: 'PT2S' } } },
});

/**
 * Has sessions until one of them brings the node to its fault: on a busy machine one may be too late to be started at all. They never end by
 * themselves, so that their time limit cancels them. Gives those that clients were told of; no word comes when the node dies before it can answer.
 */
async function untilKilled(replica: Replica, point: string, executable: object): Promise<readonly string[]> {
  const told: string[] = [];
  const faults: string[] = [];
  const remember = (fault: unknown): undefined => { faults.push(String(fault)); };
  const isOver = async (session: string): Promise<boolean> => {
    const answer = await replica.session(session).catch(remember);
    return answer?.status === 200 && isFinal(answer.body.phase as SessionPhase);
  };
  const goOn = async (): Promise<boolean> => {
    const last = told.at(-1);
    if (last !== undefined && !(await isOver(last))) return replica.isOver;
    const next = await replica.accepted(wish(executable)).catch(remember);
    if (next !== undefined) told.push(next);
    return replica.isOver;
  };
  await until(`the node is killed at ${point}`, goOn, patience).catch((late: unknown) => { throw new Error(`${String(late)}; clients met ${faults.slice(-3).join(' and ')}`, { cause: late }); });
  return told;
}
