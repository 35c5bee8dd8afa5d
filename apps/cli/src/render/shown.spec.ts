import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeBroker, aWireOfferSet, aWireSession, json, problem } from '#client/testing';
import { main } from '../main.js';
import { CapturedTerminal } from '../testing/captured-terminal.js';
import { shown, shownLine } from './shown.js';

const evil = 'x\u001b[31m\u001b]0;title\u0007\u009b2J\r\u202ey';

it.each([
  ['colours and titles', 'a\u001b[31mb\u001b]0;t\u0007', 'a\ufffd[31mb\ufffd]0;t\ufffd'], ['what begins an order in one character', 'a\u009b2Jb', 'a\ufffd2Jb'],
  ['going back to the start of the line', 'a\rb', 'a\ufffdb'], ['turning the direction of writing', 'a\u202eb\u2066c', 'a\ufffdb\ufffdc'],
])('%s do not reach a screen', (_what, text, expected) => {
  expect(shown(text)).toBe(expected);
});

it('leaves alone what people write', () => {
  for (const text of ['línea 名前 𝔘 👩\u200d🚀 e\u0301', 'a table\n\tof lines']) expect(shown(text)).toBe(text);
  expect(shownLine('name\nphase    COMPLETED')).toBe('name\ufffdphase    COMPLETED');
});

describe('what a broker tells', () => {
  let broker: FakeBroker;
  let terminal: CapturedTerminal;
  beforeEach(async () => {
    broker = await new FakeBroker().start();
    terminal = new CapturedTerminal({ EB_URL: broker.url });
  });
  afterEach(() => broker.stop());

  const told = (): string => terminal.stdout + terminal.stderr;

  it('orders no terminal about: names, reasons and faults', async () => {
    const session = aWireSession('RUNNING');
    const named = { ...session, meta: { ...session.meta, name: evil } };
    broker.on('GET /sessions', json(200, { sessions: [named] }));
    broker.on(`POST /sessions/${session.meta.uuid}`, json(200, named), problem(409, evil));
    broker.on('POST /requests', json(200, { ...aWireOfferSet(), result: 'NO', offers: [], meta: { uuid: 'x', messages: [{ kind: evil, template: evil, values: { path: evil }, message: evil }] } }));
    await main(['sessions'], terminal);
    await main(['cancel', session.meta.uuid], terminal);
    await main(['cancel', session.meta.uuid], terminal);
    await main(['ask', '--image', 'a'], terminal);
    expect(told().match(/y/g)?.length).toBeGreaterThan(3);
    expect(told()).toBe(shown(told()));
  });

  it('is left as it is for machines', async () => {
    broker.on('GET /sessions', json(200, { sessions: [{ ...aWireSession('RUNNING'), name: evil }] }));
    await main(['sessions', '-o', 'json'], terminal);
    expect(JSON.stringify(JSON.parse(terminal.stdout))).toContain(JSON.stringify(evil));
  });
});
