import { Readable } from 'node:stream';
import type { Clock } from '#model';
import type { Terminal } from '../terminal.js';

/** A terminal that remembers what was written; sleeps take no time. */
export class CapturedTerminal implements Terminal {
  stdout = '';
  stderr = '';
  readonly zone = 'Europe/Amsterdam';
  readonly columns = 80;
  readonly outIsScreen = false;
  readonly errIsScreen = false;
  readonly clock: Clock = { now: () => Date.parse('2030-06-03T08:00:00Z'), sleep: () => Promise.resolve() };
  askSecret: Terminal['askSecret'] = undefined;
  input: Readable = Readable.from([]);
  private interrupts: (() => void)[] = [];

  constructor(readonly env: Readonly<Record<string, string | undefined>>) {}

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }

  onInterrupt(callback: () => void): () => void {
    this.interrupts.push(callback);
    return () => { this.interrupts = this.interrupts.filter((other) => other !== callback); };
  }

  /** As Ctrl-C does. */
  interrupt(): void {
    for (const callback of this.interrupts) callback();
  }
}
