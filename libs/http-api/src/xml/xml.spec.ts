import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BrokerError, kinds } from '#model';
import type { Schemas } from '#openapi';
import { parseBody } from '../body/parse-body.js';
import type { MediaType } from '../negotiation.js';
import { presentOfferSet } from '../present/offerset.js';
import { presentSession } from '../present/session.js';
import { writeDocument } from '../reply.js';
import { aSession } from '../testing/a-session.js';
import { anyRequest, anyText, anyUpdate } from '../testing/any-request.js';
import { readXml } from './read-xml.js';
import { writeXml } from './write-xml.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A document read again in a media type, from what was written in it. */
function through(schema: keyof Schemas, document: unknown, type: MediaType): unknown {
  return parseBody(bytes(writeDocument({ schema, document, type })), type, schema).value;
}

function expectSameInAll(schema: keyof Schemas, document: unknown): void {
  const plain = JSON.parse(JSON.stringify(document)) as unknown;
  for (const type of ['application/json', 'application/yaml', 'application/xml'] as const) expect(through(schema, plain, type)).toEqual(plain);
}

function faultOf(text: string, schema = 'ExecutionRequest'): string {
  try {
    readXml(text, schema);
  } catch (error) {
    if (error instanceof BrokerError && error.word === 'malformed') return error.message;
    throw error;
  }
  throw new Error('it was read');
}

describe('JSON, YAML and XML', () => {
  it('say the same request', () => {
    fc.assert(fc.property(anyRequest, (request) => { expectSameInAll('ExecutionRequest', request); }), { numRuns: 300 });
  });

  it('say the same update', () => {
    fc.assert(fc.property(anyUpdate, (update) => { expectSameInAll('AbstractUpdate', update); }), { numRuns: 200 });
  });

  it('say the same session and offer set', () => {
    fc.assert(fc.property(anyRequest, anyText, fc.boolean(), (request, text, isBare) => {
      const whole = aSession({ name: text, ...(request.executable && { executable: request.executable }), messages: [{ kind: 'urn:x', level: 'WARN', template: text, values: { a: text, '': '' }, time: 5 }] });
      const session = isBare ? { ...whole, storage: [], data: [], connectors: [], messages: [], options: [] } : whole;
      expectSameInAll('AbstractExecutionSession', presentSession(session, 'https://x'));
      const offers = isBare ? [] : [session, session];
      expectSameInAll('OfferSetResponse', presentOfferSet({ id: session.offerSet, owner: session.owner, created: 1, modified: 2, result: isBare ? 'NO' : 'YES', offers, messages: session.messages }, 'https://x'));
    }), { numRuns: 150 });
  });
});

describe('XML', () => {
  it('is called by the schema of its kind, lists hold <i>, and maps hold named entries', () => {
    const executable = { kind: kinds.dockerContainer, command: ['a', ' b '], environment: { 'a b': '1' }, privileged: false };
    expect(writeXml({ kind: 'uri:enum-value-update', path: 'phase', value: 'ACCEPTED' }, 'AbstractUpdate')).toContain('<EnumValueUpdate><kind>');
    expect(writeXml({ executable, storage: [], compute: { kind: kinds.simpleCompute, cores: { min: 2 } } }, 'ExecutionRequest')).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<ExecutionRequest><executable><kind>${kinds.dockerContainer}</kind><command><i>a</i><i> b </i></command>`
      + '<environment><entry name="a b">1</entry></environment><privileged>false</privileged></executable><storage></storage>'
      + `<compute><kind>${kinds.simpleCompute}</kind><cores><min>2</min></cores></compute></ExecutionRequest>`);
  });

  it('of problems is that of RFC 9457', () => {
    expect(writeXml({ type: 'urn:x', title: 'a', status: 400, faults: [{ path: 'a', fault: 'b', fix: 'c' }] }, 'Problem'))
      .toContain('<problem xmlns="urn:ietf:rfc:7807"><type>urn:x</type><title>a</title><status>400</status><faults><i><path>a</path>');
  });

  it('as people write it, with comments, white space, CDATA and namespaces, is read', () => {
    const text = `<?xml version='1.0' encoding='utf-8'?>\r\n<!-- mine --><eb:ExecutionRequest xmlns:eb="urn:eb">
      <eb:executable><kind>${kinds.dockerContainer}</kind><image><locations><i>a/b:1.10</i></locations></image><command><i><![CDATA[<&>]]></i><i>&#65;&lt;</i></command></eb:executable>
      <compute><kind>${kinds.simpleCompute}</kind><cores><min> 4 </min></cores></compute><data/></eb:ExecutionRequest>`;
    expect(readXml(text, 'ExecutionRequest')).toEqual({
      executable: { kind: kinds.dockerContainer, image: { locations: ['a/b:1.10'] }, command: ['<&>', 'A<'] }, compute: { kind: kinds.simpleCompute, cores: { min: 4 } }, data: [],
    });
  });

  it('leaves what is no number to the check of types', () => {
    expect(readXml('<ExecutionRequest><compute><cores><min>four</min></cores></compute></ExecutionRequest>', 'ExecutionRequest')).toEqual({ compute: { cores: { min: 'four' } } });
  });

  it.each([
    ['a document type', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 'document type'],
    ['an external entity', '<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 'document type'],
    ['an entity of its own', '<a><b>&x;</b></a>', "refers to '&x;'"],
    ['a character that is none', '<a><b>&#0;</b></a>', "refers to '&#0;'"],
    ['no end', '<a><b></a>', 'not XML'],
    ['two roots', '<a/><b/>', 'one root'],
    ['text alone', 'hello', 'not XML'],
    ['another encoding', '<?xml version="1.0" encoding="UTF-16"?><a/>', 'UTF-16'],
    ['depth without end', '<a>'.repeat(5000), 'deep'],
    ['elements without end', `<a>${'<i/>'.repeat(20_001)}</a>`, 'elements'],
    ['a member twice', '<a><name>x</name><name>y</name></a>', 'twice'],
    ['text between elements', '<a>x<name>y</name></a>', 'between'],
    ['an entry without a name', '<a><entry>y</entry></a>', 'without a name'],
    ['a list without <i>', '<a><storage><x/></storage></a>', '<i>'],
    ['an entry called __proto__', '<a><entry name="__proto__"><x/></entry></a>', '__proto__'],
    ['an element called __proto__', '<a><__proto__><x/></__proto__></a>', 'reserved|not accepted|__proto__'],
    ['an element called constructor', '<a><constructor>x</constructor></a>', 'constructor'],
  ])('with %s is refused', (_what, text, fault) => {
    expect(faultOf(text)).toMatch(new RegExp(fault));
  });

  it('of any text is read or refused, nothing else', () => {
    const piece = fc.oneof(fc.constantFrom('<a>', '</a>', '<i/>', '<!--', '-->', '<![CDATA[', ']]>', '<?', '?>', '&', ';', '<', '>', 'a="', '"', '<entry name="x">', '<__proto__/>'), fc.string());
    fc.assert(fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('');
      expect(() => { try { readXml(text, 'ExecutionRequest'); } catch (error) { if (!(error instanceof BrokerError)) throw error; } }).not.toThrow();
    }), { numRuns: 1000 });
  });
});
