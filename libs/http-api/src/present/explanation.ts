import { formatInstant } from '#model';
import type { Explanation } from '#model';
import type { Schemas } from '#openapi';
import { presentReason } from './notes.js';
import { offerSetUrl } from './session.js';

/** How an answer came about. Values are compact JSON, so that every form of the document can carry them. */
export function presentExplanation(of: Explanation, base: string): Schemas['Explanation'] {
  return {
    offerset: offerSetUrl(of.set, base), created: formatInstant(of.created), result: of.result,
    steps: of.steps.map(({ step, about, verdict, reasons, facts }) => ({
      step, about, verdict, messages: reasons.map(presentReason),
      facts: Object.entries(facts).map(([name, value]) => ({ name, value: typeof value === 'string' ? value : JSON.stringify(value) })),
    })),
    left: of.left,
  };
}
