/** What every implementation of the port promises on the wire: run on the broker and on the aggregator alike. */
import { afterAll, beforeAll, describe } from 'vitest';
import { askingContract } from './asking.contract.js';
import { readingContract } from './reading.contract.js';
import { Caller } from './served.js';
import type { Candidate, Served, Stage } from './served.js';
import { sessionContract } from './sessions.contract.js';
import { streamContract } from './streams.contract.js';

export function apiContract(candidate: Candidate): void {
  for (const [what, part] of [['requests', askingContract], ['documents and headers', readingContract], ['sessions', sessionContract], ['streams', streamContract]] as const) {
    describe(`${candidate.name}: ${what}`, () => { part(stageOf(candidate)); });
  }
}

/** Started for each part anew, so that one does not book what the other counts on. */
function stageOf(candidate: Candidate): Stage {
  let served: Served | undefined;
  const now = (): Served => {
    if (!served) throw new Error(`${candidate.name} does not run`);
    return served;
  };
  beforeAll(async () => { served = await candidate.start(); });
  afterAll(async () => { await served?.stop(); });
  return { as: (name) => new Caller(now(), name), get served() { return now(); } };
}
