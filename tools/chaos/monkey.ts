/** Keeps replicas running, and kills and freezes them at random. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Replica, ReplicaGround } from '../../test/support/replica.js';
import type { Dice } from './dice.js';

export class Monkey {
  kills = 0;
  freezes = 0;
  private readonly alive: (Replica | undefined)[];

  constructor(private readonly parts: { readonly ground: ReplicaGround; readonly url: string; readonly dice: Dice; readonly ending: AbortSignal; readonly pause: number }, private readonly count: number) {
    this.alive = Array.from({ length: count }, () => undefined);
  }

  /** Those that take calls now, the frozen ones included: clients can't tell. */
  replicas(): readonly Replica[] {
    return this.alive.filter((replica) => replica !== undefined);
  }

  async startAll(): Promise<void> {
    await Promise.all(this.alive.map((_none, place) => this.revive(place)));
  }

  /** Until the end; afterwards all replicas run and none is frozen. */
  async rage(): Promise<void> {
    await Promise.all(this.alive.map((_none, place) => this.torment(place)));
    await Promise.all(this.alive.map(async (replica, place) => { if (!replica || replica.isOver) await this.revive(place); }));
  }

  private async torment(place: number): Promise<void> {
    const { dice, ending, pause } = this.parts;
    while (!ending.aborted) {
      await this.pause(pause + dice.upTo(2 * pause * this.count));
      const replica = this.alive[place];
      if (ending.aborted || !replica) return;
      // One is left to answer: else clients would only wait.
      const isAlone = this.replicas().length < 2;
      await (dice.upTo(100) < 45 && !isAlone ? this.kill(replica, place) : this.freeze(replica));
    }
  }

  private async kill(replica: Replica, place: number): Promise<void> {
    this.kills += 1;
    await replica.kill();
    this.alive[place] = undefined;
    await wait(this.parts.dice.upTo(1_500));
    await this.revive(place);
  }

  private async freeze(replica: Replica): Promise<void> {
    this.freezes += 1;
    replica.freeze();
    await wait(this.parts.dice.upTo(9_000));
    replica.wake();
  }

  private async revive(place: number): Promise<void> {
    this.alive[place] = await this.parts.ground.start(this.parts.url);
  }

  private async pause(length: number): Promise<void> {
    const { ending } = this.parts;
    await wait(length, undefined, { signal: ending }).catch((ended: unknown) => { if (!ending.aborted) throw ended; });
  }
}
