import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BrokerError, kinds } from '#model';
import type { ExecutionRequest, Update } from '#model';
import { loadDocument } from '#openapi';
import { writeDocument } from '../reply.js';
import type { MediaType } from '../negotiation.js';
import { parseBody } from './parse-body.js';
import { requestReader } from './read-request.js';
import { readUpdate } from './read-update.js';

const read = requestReader(loadDocument());
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const yaml = (text: string): ExecutionRequest => read(parseBody(bytes(text), 'application/yaml'));
const json = (value: unknown): ExecutionRequest => read(parseBody(bytes(JSON.stringify(value)), 'application/json'));

/** The faults that a body is refused for, as `path: fault`. */
function faultsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof BrokerError && error.word === 'malformed') return error.reasons.map((each) => `${each.path}: ${each.values['fault']}`);
    throw error;
  }
  return [];
}

describe('requests', () => {
  it('name every wrong type with its path', () => {
    const faults = faultsOf(() => json({
      executable: { kind: kinds.dockerContainer, image: { locations: 'one' }, environment: { A: 1 }, privileged: 'yes' },
      compute: { kind: kinds.simpleCompute, cores: { min: '4', max: 1.5 }, memory: { min: 1e30 } }, data: [{ kind: kinds.simpleData, location: {} }], storage: {}, schedule: { requested: { start: 5 } },
    }));
    expect([...faults].sort()).toEqual([
      'compute.cores.max: is a number with a fraction but should be a whole number',
      'compute.cores.min: is a text but should be a whole number',
      'data[0].location: is an object but should be a text',
      'executable.environment.A: is a whole number but should be a text',
      'executable.image.locations: is a text but should be a list',
      'executable.privileged: is a text but should be true or false',
      'schedule.requested.start: is a whole number but should be a text or a list',
      'storage: is an object but should be a list',
    ]);
  });

  it('say how each wrong type is mended', () => {
    try {
      json({ name: 5, executable: { kind: kinds.dockerContainer, image: { locations: 'one' } }, data: [{ kind: kinds.simpleData, location: {} }], schedule: { requested: { start: { at: 'x' } } } });
      expect.unreachable();
    } catch (error) {
      expect(Object.fromEntries((error as BrokerError).reasons.map(({ path, values }) => [path, values['fix']]))).toEqual({
        name: 'put it in quotes', 'executable.image.locations': 'write a list: [ … ]', 'data[0].location': 'write one text', 'schedule.requested.start': 'write one text',
      });
    }
  });

  it.each([
    ['nothing but an object', {}], ['the greatest integer of 64 bits', { compute: { kind: kinds.simpleCompute, cores: { min: 2 ** 63, max: 1e30 } } }], ['a missing kind', { executable: {} }], ['an unknown kind', { executable: { kind: 'urn:other', cores: '4' } }], ['negative amounts', { compute: { kind: kinds.simpleCompute, cores: { min: -1 } } }],
    ['min above max', { compute: { kind: kinds.simpleCompute, cores: { min: 4, max: 2 } } }], ['an unknown mode', { compute: { kind: kinds.simpleCompute, volumes: [{ kind: kinds.simpleVolume, mode: 'r' }] } }],
    ['a senseless start', { schedule: { requested: { start: 'soon', duration: 'P1H' } } }], ['several starts', { schedule: { requested: { start: ['a', 'b'], duration: { min: 'PT1H', max: 'PT2H' } } } }],
    ['an unknown port protocol', { executable: { kind: kinds.dockerContainer, network: { ports: [{ protocol: 'FTP', internal: { port: -1 } }] } } }],
  ])('with %s are passed on, to be answered by NO', (_name, body) => {
    expect(json(body)).toEqual(body);
  });

  it('count null as absent', () => {
    expect(json({ executable: { kind: 'x', meta: null }, compute: null, name: 'n' })).toEqual({ executable: { kind: 'x' }, name: 'n' });
  });

  it('check the fields of compute also where its kind is left out', () => {
    expect(faultsOf(() => json({ compute: { cores: { min: 1.5 } } }))).toHaveLength(1);
  });

  it('may be wrapped, be named in two ways, and say computer for compute', () => {
    expect(json({ request: { executable: { kind: 'x' }, meta: { name: 'n' } } })).toEqual({ executable: { kind: 'x' }, name: 'n' });
    expect(json({ compute: { kind: kinds.simpleCompute.replace('/compute/', '/computer/') } }).compute?.kind).toBe(kinds.simpleCompute);
  });

  it('keep scalars of YAML as they were written where text is meant', () => {
    const request = yaml(`request:\n  name: 1.10\n  executable:\n    kind: ${kinds.dockerContainer}\n    command: [1.0, 0x1F, true, 2030-01-01, ~]\n    environment: {DEBUG: yes, PORT: 8080, "a/b": 007}\n`.replace(', ~', ''));
    expect(request).toEqual({ name: '1.10', executable: { kind: kinds.dockerContainer, command: ['1.0', '0x1F', 'true', '2030-01-01'], environment: { DEBUG: 'yes', PORT: '8080', 'a/b': '007' } } });
  });

  it.each(['cores: {min: .nan}', 'cores: {min: .inf}', 'cores: {min: "4"}', 'cores: {min: 4.5}', 'cores: 4'])('do not take %s for cores', (cores) => {
    expect(faultsOf(() => yaml(`compute: {kind: "${kinds.simpleCompute}", ${cores}}`))).toHaveLength(1);
  });

  it('come through JSON and through YAML alike', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.string()), fc.array(fc.string()), fc.maxSafeInteger(), (names, command, min) => {
      const environment = Object.fromEntries(Object.entries(names).filter(([name]) => !['__proto__', 'constructor', 'prototype'].includes(name)));
      const request = { executable: { kind: kinds.dockerContainer, command, environment }, compute: { kind: kinds.simpleCompute, cores: { min } } };
      const through = (type: MediaType, readAs: MediaType): ExecutionRequest => read(parseBody(bytes(writeDocument({ schema: 'ExecutionRequest', document: request, type })), readAs, 'ExecutionRequest'));
      expect(through('application/json', 'application/json')).toEqual(request);
      expect(through('application/yaml', 'application/yaml')).toEqual(request);
      expect(through('application/json', 'application/yaml')).toEqual(request);
    }), { numRuns: 200 });
  });
});

describe('hostile bodies', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g'].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdef'[i]}`).join(',')}]`).join('\n')}\n`;
  it.each<[string, string, MediaType]>([
    ['a YAML bomb', bomb, 'application/yaml'], ['an alias of itself', 'a: &a [*a]', 'application/yaml'], ['an alias of nothing', 'a: *b', 'application/yaml'],
    ['deep JSON', '['.repeat(400_000), 'application/json'], ['deep complete JSON', '['.repeat(100_000) + ']'.repeat(100_000), 'application/json'], ['deep flow YAML', '['.repeat(400_000), 'application/yaml'],
    ['deep block YAML', '- '.repeat(200_000), 'application/yaml'], ['deep indented YAML', Array.from({ length: 800 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), 'application/yaml'], ['deep keys', '? '.repeat(200_000), 'application/yaml'],
    ['a name __proto__', '{"executable":{"__proto__":{"x":1}}}', 'application/json'], ['a YAML name __proto__', '__proto__: {x: 1}', 'application/yaml'], ['a name constructor', '{"constructor":{}}', 'application/json'],
    ['half a document', '{"executable":', 'application/json'], ['half a YAML document', '{executable: [', 'application/yaml'], ['names twice', 'a: 1\na: 2', 'application/yaml'], ['two documents', '---\na: 1\n---\nb: 2', 'application/yaml'],
    ['a list', '[]', 'application/json'], ['a text', 'hello', 'application/yaml'], ['nothing', ' \n', 'application/yaml'], ['an empty document', '---\n', 'application/yaml'], ['a list as name', '? [a]\n: 1', 'application/yaml'], ['tabs', 'a:\n\t- b', 'application/yaml'],
    ['a million values', `[${'1,'.repeat(200_000)}1]`, 'application/json'], ['binary', 'a: !!binary "////"', 'application/yaml'],
  ])('such as %s are refused or harmless', (_name, text, type) => {
    expect(faultsOf(() => read(parseBody(bytes(text), type))).length).toBeGreaterThanOrEqual(_name === 'binary' ? 0 : 1);
  });

  it('that are not UTF-8 are refused', () => {
    expect(faultsOf(() => parseBody(Uint8Array.of(0xff, 0xfe, 0x7b), 'application/json'))).toEqual([': the body is not UTF-8']);
  });

  it('of any kind give faults, never another error', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), fc.stringMatching(/^[[\]{}:,&*!|>?%@\-"'# \na-c0-9]{0,60}$/)), fc.constantFrom<MediaType>('application/json', 'application/yaml'), (text, type) => {
      faultsOf(() => read(parseBody(bytes(text), type)));
      faultsOf(() => readUpdate(parseBody(bytes(text), type)));
    }), { numRuns: 1000 });
  });
});

describe('updates', () => {
  const update = (value: unknown): Update => readUpdate(parseBody(bytes(JSON.stringify(value)), 'application/json'));

  it.each(['phase', '/phase', 'state', '/state'])('know %s as the phase', (path) => {
    expect(update({ kind: 'uri:enum-value-update', path, value: 'ACCEPTED' })).toEqual({ kind: 'enum', path: 'phase', value: 'ACCEPTED' });
  });

  it('of every kind are read', () => {
    expect(update({ kind: 'uri:string-value-update', path: '/a', value: 'x' })).toEqual({ kind: 'string', path: 'a', value: 'x' });
    expect(update({ kind: 'uri:integer-value-update', path: 'a', value: 4, units: 's' })).toEqual({ kind: 'integer', path: 'a', value: 4, units: 's' });
    expect(update({ kind: 'uri:integer-delta-update', path: 'a', delta: -4 })).toEqual({ kind: 'delta', path: 'a', delta: -4 });
  });

  it.each([
    [{}, ['kind: is missing', 'path: is missing']], [[], [': the body is not an object']], [{ kind: 'toString', path: 'phase', value: 'x' }, ['kind: is not a kind of update']],
    [{ kind: 'uri:enum-value-update', path: 5 }, ['path: is not a text', 'value: is missing']], [{ kind: 'uri:integer-delta-update', path: 'a', delta: 1.5, units: 1 }, ['units: is not a text', 'delta: is not a whole number']],
  ])('such as %j are refused with every fault', (body, faults) => {
    expect(faultsOf(() => update(body))).toEqual(faults);
  });

  it('keep a plain scalar of YAML as the text it was', () => {
    expect(readUpdate(parseBody(bytes('{kind: "uri:string-value-update", path: tag, value: 1.10}'), 'application/yaml'))).toEqual({ kind: 'string', path: 'tag', value: '1.10' });
  });
});
