/** A ledger's store in memory whose commits wait until a test lets them through, makes them fail, or loses their answer. */
import type { CommitBatch, CommitResult } from '../booking-store.js';
import { MemoryLedgerStore } from './memory-ledger-store.js';

export interface HeldCommit {
  readonly batch: CommitBatch;
  /** Lets it through. */
  go(): void;
  /** Nothing is committed. */
  fail(cause: Error): void;
  /** Lets it through, and says that nobody knows. */
  lose(): void;
}

export class HandDrivenStore extends MemoryLedgerStore {
  /** Commits that have come and wait, oldest first. */
  readonly held: HeldCommit[] = [];
  isOpen = true;

  override async commit(version: number, batch: CommitBatch): Promise<CommitResult> {
    const lost = this.isOpen ? false : await new Promise<boolean>((resolve, reject) => {
      this.held.push({ batch, go: () => { resolve(false); }, fail: reject, lose: () => { resolve(true); } });
    });
    const result = await super.commit(version, batch);
    if (lost) throw Object.assign(new Error('connection lost'), { name: 'CommitUnknown' });
    return result;
  }

  /** The next commit to come, or the one that waits. */
  async next(): Promise<HeldCommit> {
    for (;;) {
      const first = this.held.shift();
      if (first) return first;
      await new Promise((resolve) => { setImmediate(resolve); });
    }
  }
}
