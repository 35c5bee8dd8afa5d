/** How an answer came about, as far as the aggregator knows: what each member said, and the order of what it offered. Pure. */
import { formatInstant } from '#model';
import type { Explanation, ExplanationStep } from '#model';
import type { FederatedSet } from './federation-store.js';
import { costOf } from '../ranking/rank-offers.js';

export function explain({ id, owner, created, offers, messages, passage, rankedBy }: FederatedSet): Explanation {
  const way = passage ? [{ step: 'passage', about: passage.hops.join('/'), verdict: 'note', reasons: [], facts: { requestId: passage.requestId } } as const] : [];
  const said = messages.map((one): ExplanationStep => ({
    step: 'member', about: one.values['member'] ?? '', verdict: one.level === 'WARN' && offers.length === 0 ? 'no' : 'note', reasons: [one], facts: {},
  }));
  const ranking = rankedBy ? [{ step: 'ranking', about: rankedBy.name, verdict: 'note', reasons: [], facts: { order: rankedBy.failed ? 'usual' : 'scores' } } as const] : [];
  const listed = offers.map(({ member, session, score }, index): ExplanationStep => {
    const cost = costOf(session.costs);
    const facts = { rank: index + 1, member, start: formatInstant(session.schedule.available.start.start), ...(Number.isFinite(cost) ? { cost } : {}), ...(score === undefined ? {} : { score }) };
    return { step: 'offer', about: session.id, verdict: 'yes', reasons: [], facts };
  });
  return { set: id, owner, created, result: offers.length > 0 ? 'YES' : 'NO', steps: [...way, ...said, ...ranking, ...listed], left: 0 };
}
