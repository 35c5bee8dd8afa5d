import type { LookupAddress } from 'node:dns';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { HandClock } from '#runtime/testing';
import { Addresses } from './addresses.js';

const here: LookupAddress = { address: '127.0.0.1', family: 4 };
const there: LookupAddress = { address: '127.0.0.2', family: 4 };
const faultOf = (code: string): Error => Object.assign(new Error(code), { code });

type Reply = readonly LookupAddress[] | Error;

/** Name servers that answer when they are told to. */
class Names {
  readonly asked: string[] = [];
  private readonly waiting: ((reply: Reply) => void)[] = [];
  readonly clock = HandClock.at('2030-06-03T08:00:00Z');
  readonly addresses = new Addresses(this.clock, (name) => new Promise((resolve, reject) => {
    this.asked.push(name);
    this.waiting.push((reply) => { if (reply instanceof Error) reject(reply); else resolve(reply); });
  }));

  answer(reply: Reply): void {
    this.waiting.shift()?.(reply);
  }

  all(name: string): Promise<unknown> {
    return new Promise((resolve) => { this.addresses.lookup(name, { all: true }, (fault, found) => { resolve(fault?.code ?? found); }); });
  }
}

it('one look-up serves all that ask for a name at once, and those that come soon after', async () => {
  const names = new Names();
  const both = Promise.all([names.all('n1.example'), names.all('n1.example')]);
  names.answer([here]);
  expect(await both).toEqual([[here], [here]]);
  expect(await names.all('n1.example')).toEqual([here]);
  expect(names.asked).toEqual(['n1.example']);
});

it('who wants one address gets the first', async () => {
  const names = new Names();
  const one = new Promise((resolve) => { names.addresses.lookup('n1.example', {}, (_fault, address, family) => { resolve([address, family]); }); });
  names.answer([there, here]);
  expect(await one).toEqual(['127.0.0.2', 4]);
});

it('a name that was found before is used while it is looked up again, and a new address from then on', async () => {
  const names = new Names();
  const first = names.all('n1.example');
  names.answer([here]);
  await first;
  await names.clock.advance(31_000);
  expect(await names.all('n1.example')).toEqual([here]);
  expect(await names.all('n1.example')).toEqual([here]);
  expect(names.asked).toHaveLength(2);
  names.answer([there]);
  await names.clock.advance(0);
  expect(await names.all('n1.example')).toEqual([there]);
});

it('a name that nobody has asked for in a while is waited for: its address may be somebody else’s', async () => {
  const names = new Names();
  const first = names.all('n1.example');
  names.answer([here]);
  await first;
  await names.clock.advance(301_000);
  const later = names.all('n1.example');
  names.answer([there]);
  expect(await later).toEqual([there]);
});

it('a name that nobody knows is a fault, and is asked for again after a while', async () => {
  const names = new Names();
  const first = names.all('gone.example');
  names.answer(faultOf('ENOTFOUND'));
  expect(await first).toBe('ENOTFOUND');
  expect(await names.all('gone.example')).toBe('ENOTFOUND');
  await names.clock.advance(11_000);
  const again = names.all('gone.example');
  names.answer([here]);
  expect(await again).toEqual([here]);
});

it.each([
  ['keeps its address while its name server is away', 'EAI_AGAIN', [here]],
  ['has none any more when its name is gone', 'ENOTFOUND', 'ENOTFOUND'],
])('a host %s', async (_what, code, expected) => {
  const names = new Names();
  const first = names.all('n1.example');
  names.answer([here]);
  await first;
  await names.clock.advance(31_000);
  await names.all('n1.example');
  names.answer(faultOf(code));
  await names.clock.advance(0);
  expect(await names.all('n1.example')).toEqual(expected);
});

it('a name without any address is as good as unknown', async () => {
  const names = new Names();
  const first = names.all('empty.example');
  names.answer([]);
  expect(await first).toBe('ENOTFOUND');
});

it('a socket to a name that the system does not know fails with the fault of the system', async () => {
  // No label is that long: the system knows it without asking anybody.
  const { lookup } = new Addresses(HandClock.at('2030-06-03T08:00:00Z'));
  const socket = connect({ host: `${'n'.repeat(64)}.invalid`, port: 9, lookup });
  const fault = await new Promise<NodeJS.ErrnoException>((resolve) => { socket.once('error', resolve); });
  expect(fault.code).toBe('ENOTFOUND');
});
