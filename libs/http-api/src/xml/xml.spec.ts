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
  for (const type of ['application/json', 'application/yaml'] as const) expect(through(schema, plain, type)).toEqual(plain);
  expect(withoutEmptyLists(through(schema, plain, 'application/xml'))).toEqual(withoutEmptyLists(plain));
}

/** Lists whose entries stand beside other members are not there in XML when they have none. */
function withoutEmptyLists(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_name, each: unknown) => Array.isArray(each) && each.length === 0 ? undefined : each) as unknown;
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
  it('has kinds as attributes, entries of lists beside other members, and keys of maps as elements', () => {
    const executable = { kind: kinds.dockerContainer, command: ['a', ' b '], environment: { THREADS: '1', 'a b': '2', entry: '3' }, privileged: false };
    const cost = { kind: kinds.floatCost, type: 'urn:x', max: 1.5 };
    expect(writeXml({ kind: 'uri:enum-value-update', path: 'phase', value: 'ACCEPTED' }, 'AbstractUpdate')).toContain('<EnumValueUpdate kind="uri:enum-value-update"><path>phase</path>');
    expect(writeXml({ executable, storage: [], costs: [cost], compute: { kind: kinds.simpleCompute, cores: { min: 2 } } }, 'ExecutionRequest')).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<offers-request><executable kind="${kinds.dockerContainer}"><command>a</command><command> b </command>`
      + '<environment><THREADS>1</THREADS><entry name="a b">2</entry><entry name="entry">3</entry></environment><privileged>false</privileged></executable>'
      + `<cost kind="${kinds.floatCost}"><type>urn:x</type><max>1.5</max></cost>`
      + `<compute kind="${kinds.simpleCompute}"><cores><min>2</min></cores></compute></offers-request>`);
  });

  it('of offer sets holds the offers in one element, and of sessions their messages one by one', () => {
    const session = aSession({ messages: [{ kind: 'urn:x', level: 'WARN', template: 'a', values: {}, time: 5 }, { kind: 'urn:y', level: 'INFO', template: 'b', values: {}, time: 6 }] });
    const text = writeXml(presentOfferSet({ id: session.offerSet, owner: session.owner, created: 1, modified: 2, result: 'YES', offers: [session, session], messages: [] }, 'https://x'), 'OfferSetResponse');
    expect(text).toMatch(/<offers-response kind="[^"]*execution-offerset.yaml"><meta>/);
    expect(text.match(/<offers>(?=<execution kind=)/g)).toHaveLength(1);
    expect(text.match(/<\/execution>(?=<execution kind=|<\/offers>)/g)).toHaveLength(2);
    expect(text).toMatch(/<\/modified><message><time>[^<]*<\/time><kind>urn:x<\/kind>.*<\/message><message><time>[^<]*<\/time><kind>urn:y<\/kind>/);
    expect(writeXml({ result: 'NO', offers: [] }, 'OfferSetResponse')).toContain('<result>NO</result><offers></offers>');
  });

  it.each([
    ['entry by entry', '<command>a</command><command>b</command>'],
    ['in one element, as entries <i>', '<command><i>a</i><i>b</i></command>'],
    ['in one element, as entries of its own name', '<command><command>a</command><command>b</command></command>'],
    ['in one element that says so', '<command type="list"><i>a</i><i>b</i></command>'],
    ['with something between', '<command>a</command><privileged>true</privileged><command>b</command>'],
  ])('lists are read %s', (_how, list) => {
    const text = `<offers-request><executable kind="${kinds.dockerContainer}">${list}</executable></offers-request>`;
    expect(readXml(text, 'ExecutionRequest')).toMatchObject({ executable: { kind: kinds.dockerContainer, command: ['a', 'b'] } });
  });

  it.each([
    ['one by one', `<storage kind="${kinds.simpleStorage}"><size><min>1</min></size></storage><storage kind="${kinds.simpleStorage}"/>`],
    ['in one element', `<storage><storage kind="${kinds.simpleStorage}"><size><min>1</min></size></storage><storage><kind>${kinds.simpleStorage}</kind></storage></storage>`],
  ])('lists of things with a kind are read %s', (_how, list) => {
    expect(readXml(`<offers-request>${list}</offers-request>`, 'ExecutionRequest')).toEqual({ storage: [{ kind: kinds.simpleStorage, size: { min: 1 } }, { kind: kinds.simpleStorage }] });
  });

  it('reads entries by the name that the document gives them, and by that of their list', () => {
    const cost = `<kind>${kinds.floatCost}</kind><max>1</max>`;
    for (const text of [`<cost>${cost}</cost>`, `<costs>${cost}</costs>`, `<costs><cost>${cost}</cost></costs>`]) {
      expect(readXml(`<x>${text}</x>`, 'ExecutionRequest')).toEqual({ costs: [{ kind: kinds.floatCost, max: 1 }] });
    }
  });

  it('takes what is nil as left out', () => {
    const text = `<x xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><executable kind="urn:x"><entrypoint xsi:nil="true"/></executable></x>`;
    expect(readXml(text, 'ExecutionRequest')).toEqual({ executable: { kind: 'urn:x' } });
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
    ['a stranger in a list', '<a><costs type="list"><x/></costs></a>', '<cost>'],
    ['a kind twice', '<a><executable kind="urn:x"><kind>urn:x</kind></executable></a>', 'twice'],
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
