import type { Reason } from '#model';
import { reason } from '#model';

/** Collects what is wrong with a request, so that the answer names everything at once. */
export class Faults {
  readonly reasons: Reason[] = [];

  /** `fix` tells what to write instead. */
  add(word: string, path: string, fault: string, fix: string): undefined {
    this.reasons.push(reason(word, '{path}: {fault}; {fix}', { fault, fix }, { path }));
    return undefined;
  }

  get any(): boolean {
    return this.reasons.length > 0;
  }
}

/** A client's text as it may be shown: short, without control characters. What came over the wire may lack it. */
export function quoted(text: string | undefined): string {
  if (text === undefined) return 'nothing';
  const clean = text.replace(/[\p{Cc}\p{Cf}]/gu, '?');
  return `'${clean.length > 120 ? `${clean.slice(0, 117)}…` : clean}'`;
}
