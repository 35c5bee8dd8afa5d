import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kinds, lifecyclePhases, sessionPhases } from '#model';
import type { OfferSet, Session, SessionEvent } from '#model';
import { loadDocument } from '#openapi';
import { jsonSchemaOf } from '../body/wire-schema.js';
import { aSession } from '../testing/a-session.js';
import { presentOfferSet } from './offerset.js';
import { presentMessage } from './notes.js';
import { presentCapacity, presentEvent } from './report.js';
import { presentRefusal, presentSession } from './session.js';
import { messageText } from './message-text.js';
import { offerSetText, sessionText } from './text.js';

const base = 'https://broker.example.org/eb';
const ajv = new Ajv2020({ allErrors: true, strict: false });
formats.default(ajv);
ajv.addSchema(jsonSchemaOf(loadDocument(), 'full'));

function faults(name: string, document: unknown): unknown {
  const validate: ValidateFunction = ajv.getSchema(`wire-full#/$defs/${name}`)!;
  return validate(JSON.parse(JSON.stringify(document))) ? [] : validate.errors;
}

const executables = [
  { kind: kinds.dockerContainer, image: { locations: ['a'], platform: { os: 'linux' } }, privileged: false, environment: { A: '1' }, network: { ports: [{ access: true, internal: { port: 80 }, protocol: 'HTTP' }] } },
  { kind: kinds.jupyterNotebook, location: 'https://example.org/n.ipynb' },
  { kind: kinds.localProcess, command: ['python', '-c', '1'] },
  { kind: kinds.helmChart, chart: 'spark', values: { workers: 2 } },
  { kind: kinds.scripted, script: { prepare: 'PT5S', fail: 'start' } },
];
const anySession: fc.Arbitrary<Session> = fc.record({
  phase: fc.constantFrom(...sessionPhases), part: fc.constantFrom(...lifecyclePhases), at: fc.integer({ min: 0, max: 4e12 }), executable: fc.constantFrom(...executables),
  name: fc.string(), exitCode: fc.integer({ min: 0, max: 255 }), bare: fc.boolean(),
}).map(({ phase, part, at, executable, name, exitCode, bare }) => {
  const whole = aSession({ phase, expires: at, name, executable, ...(phase === 'FAILED' && { outcome: 'failed' as const, exitCode }), ...(phase === 'PREPARING' && { progress: { done: 1, total: 9, unit: 'bytes' as const, what: 'x.fits' } }) });
  const moved = { ...whole, executable: { ...whole.executable, phase: part } };
  return bare ? { ...moved, storage: [], data: [], costs: [], metrics: [], connectors: [], messages: [], options: [] } : moved;
});

describe('wire documents', () => {
  it('of sessions keep to our OpenAPI document, patterns and all', () => {
    fc.assert(fc.property(anySession, (session) => { expect(faults('AbstractExecutionSession', presentSession(session, base))).toEqual([]); }), { numRuns: 300 });
  });

  it('of offer sets, refusals, events and capacity keep to it too', () => {
    const session = aSession();
    const set: OfferSet = { id: session.offerSet, owner: session.owner, name: 'mine', created: 1, modified: 2, result: 'YES', offers: [session], messages: session.messages };
    const event: SessionEvent = { session: session.id, number: 3, at: 5, kind: 'message', phase: 'RUNNING', message: session.messages[0]!, connectors: session.connectors, progress: { done: 1, unit: 'steps', what: 'x' } };
    expect(faults('OfferSetResponse', presentOfferSet(set, base))).toEqual([]);
    expect(faults('AbstractExecutionSession', presentRefusal({ ...set, result: 'NO', offers: [] }, base))).toEqual([]);
    expect(faults('SessionEvent', presentEvent(event))).toEqual([]);
    expect(faults('CapacityReport', presentCapacity({ window: { start: 0, end: 9e6 }, step: 9e5, pools: [] }))).toEqual([]);
  });

  it('are the same whether they are made as a value or as JSON text, written before or not', () => {
    fc.assert(fc.property(fc.array(anySession, { maxLength: 4 }), fc.string(), (offers, name) => {
      const { offerSet, owner, messages } = aSession();
      const set: OfferSet = { id: offerSet, owner, name, created: 1, modified: 2, result: 'YES', offers: [...offers, ...offers], messages };
      for (const session of offers) expect(JSON.parse(sessionText(session, base))).toEqual(JSON.parse(JSON.stringify(presentSession(session, base))));
      expect(JSON.parse(offerSetText(set, base))).toEqual(JSON.parse(JSON.stringify(presentOfferSet(set, base))));
    }));
  });

  it('tell messages alike in both ways, whatever is in them', () => {
    const anyMessage = fc.record({
      kind: fc.string(), level: fc.constant('INFO' as const), template: fc.string(), values: fc.dictionary(fc.oneof(fc.string(), fc.constant('path')), fc.string()), path: fc.string(), time: fc.nat(),
    }, { requiredKeys: ['kind', 'level', 'template', 'values', 'time'] });
    fc.assert(fc.property(anyMessage, (message) => { expect(JSON.parse(messageText(message))).toEqual(JSON.parse(JSON.stringify(presentMessage(message)))); }));
  });

  it('of a session hold what v1.0 clients read', () => {
    const document = presentSession(aSession(), base);
    expect(document).toMatchObject({
      kind: kinds.scheduledSession, phase: 'OFFERED', expires: '2030-06-03T08:05:00Z',
      meta: {
        uuid: '00000000-0000-4000-8000-000000000001', url: `${base}/sessions/00000000-0000-4000-8000-000000000001`, created: '2030-06-03T08:00:00Z', modified: '2030-06-03T08:00:00.007Z',
        messages: [{ kind: 'urn:execution-broker:reason:remark', time: '2030-06-03T09:00:00Z', level: 'INFO', template: 'asked for {cores}', values: { cores: '2', path: 'compute.cores' }, message: 'asked for 2' }],
        options: [{ kind: 'uri:enum-value-option', path: 'phase', values: ['ACCEPTED', 'REJECTED'] }, { kind: 'uri:integer-delta-option', path: 'schedule.duration', min: 0, max: 60, units: 's' }],
      },
      schedule: { preparing: { start: '2030-06-03T08:59:00Z', duration: 'PT1M' }, available: { start: '2030-06-03T09:00:00Z/PT1.5S', duration: 'PT4H30.5S' }, releasing: { start: '2030-06-03T13:00:00Z', duration: 'PT0S' } },
      executable: { meta: { name: 'exec', description: 'what runs', uuid: '00000000-0000-4000-9000-000000000001' }, phase: 'INITIALIZING' },
      compute: { cores: { min: 2, max: 4 }, volumes: [{ path: '/input', mode: 'READONLY', resource: '00000000-0000-4000-9000-000000000005' }] },
    });
    expect(document.executable?.meta?.url).toBeUndefined();
  });

  it('never let a client dress a component in a phase, schedule or identifier of its own', () => {
    const executable = { kind: kinds.dockerContainer, phase: 'COMPLETED', schedule: { preparing: {} }, meta: { name: 'x', uuid: 'mine', url: 'http://evil' } } as never;
    expect(presentSession(aSession({ executable }), base).executable).toMatchObject({ phase: 'INITIALIZING', meta: { name: 'x', uuid: '00000000-0000-4000-9000-000000000001' } });
  });

  it('tell how the payload ended in a message, since v1.0 has no field for it', () => {
    const messages = presentSession(aSession({ phase: 'FAILED', outcome: 'failed', exitCode: 3, messages: [] }), base).meta?.messages;
    expect(messages).toMatchObject([{ kind: 'urn:execution-broker:message:outcome', values: { outcome: 'failed', exitCode: '3' }, message: 'the payload: failed, exit code 3' }]);
  });
});
