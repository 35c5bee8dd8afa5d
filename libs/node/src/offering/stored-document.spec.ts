import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Measure, Message, PlatformName, PoolId } from '#model';
import { kinds } from '#model';
import type { OfferSetDocument, Shape, Terms } from './offer-document.js';
import { documentOf, storedForm } from './stored-document.js';
import { explanationOf } from './trail.js';

const message: Message = { kind: 'urn:execution-broker:reason:x', level: 'INFO', template: 'x', values: {}, time: 1 };
const measure: Measure = { kind: kinds.floatCost, type: 'urn:x', min: 1, max: 1 };
const shape: fc.Arbitrary<Shape> = fc.record({
  platform: fc.constantFrom('a', 'b').map((name) => name as PlatformName), pools: fc.array(fc.constantFrom('a/1', 'a/2').map((name) => name as PoolId), { maxLength: 2 }),
  preparing: fc.nat(), releasing: fc.nat(), granted: fc.dictionary(fc.constantFrom('cores', 'memory'), fc.nat()), growsTo: fc.dictionary(fc.constant('cores'), fc.nat()),
  costs: fc.constantFrom([], [measure]), metrics: fc.constant([]), messages: fc.constantFrom([], [message]),
}, { requiredKeys: ['platform', 'pools', 'preparing', 'releasing', 'granted', 'costs', 'metrics', 'messages'] });

/** Terms over a few shapes, some of them the very same object. */
const someTerms: fc.Arbitrary<readonly Terms[]> = fc.array(shape, { minLength: 1, maxLength: 3 }).chain((shapes) =>
  fc.array(fc.record({ which: fc.nat({ max: shapes.length - 1 }), start: fc.nat(), latest: fc.nat(), duration: fc.nat(), expires: fc.nat() })).map((rows) =>
    rows.map(({ which, ...times }) => ({ ...shapes[which] as Shape, ...times }))));

const executable = { id: 'e', spec: { kind: kinds.dockerContainer } };
const draft = { owner: 'o', executable: executable.spec, need: { min: {}, max: {} }, duration: { min: 1, max: 1 }, storage: [], data: [], volumes: [] };

function documentWith(terms: readonly Terms[]): OfferSetDocument {
  return { name: 'n', linked: { executable, storage: [], data: [], volumes: [], compute: { id: 'c', spec: { kind: kinds.simpleCompute } } }, draft, terms, messages: [message], trail: { steps: [], left: 0 } } as unknown as OfferSetDocument;
}

describe('a stored offer set', () => {
  it('is read as it was written, whatever its offers share', () => {
    fc.assert(fc.property(someTerms, (terms) => {
      const document = documentWith(terms);
      const read: unknown = JSON.parse(JSON.stringify(storedForm(document)));
      expect(documentOf({ document: read })).toEqual(JSON.parse(JSON.stringify(document)));
    }));
  });

  it('says what alternatives share only once', () => {
    const [one] = fc.sample(shape, 1);
    const terms = Array.from({ length: 100 }, (_, index): Terms => ({ ...one as Shape, start: index, latest: index, duration: 1, expires: 1 }));
    expect(storedForm(documentWith(terms)).shapes).toHaveLength(1);
  });

  it('of an older version is read as well, and explained with its offers once', () => {
    const [terms = []] = fc.sample(someTerms, 1);
    const older = documentWith(terms);
    expect(documentOf({ document: older })).toBe(older);
    const explained = explanationOf(older);
    expect(explained.steps).toHaveLength(terms.length);
    expect(explanationOf({ ...older, trail: explained })).toEqual(explained);
  });
});
