/** A name that points elsewhere when it is looked up again: the address that was judged is the one that is connected to. */
import type { LookupAddress } from 'node:dns';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { HandClock } from '#runtime/testing';
import { quiet, serving, simpleData } from '../data.fixture.js';
import { publicLookup } from './addresses.js';
import { httpPlugin } from './http.resolver.js';

const answers: LookupAddress[][] = [];
const asked: string[] = [];
vi.mock('node:dns', () => ({
  lookup: (host: string, _options: unknown, done: (fault: Error | null, found: LookupAddress[]) => void): void => {
    asked.push(host);
    done(null, answers.shift() ?? []);
  },
}));
beforeEach(() => { [answers.length, asked.length] = [0, 0]; });
const v4 = (address: string): LookupAddress => ({ address, family: 4 });
const v6 = (address: string): LookupAddress => ({ address, family: 6 });
const looked = (all: boolean): Promise<unknown> => new Promise((resolve) => {
  publicLookup('rebinding.example', { all }, (fault, address, family) => { resolve(fault ? fault.message : family === undefined ? address : [address, family]); });
});

describe('the look-up of a connection', () => {
  it('gives public addresses only, of those that a name has', async () => {
    answers.push([v4('10.0.0.1'), v4('93.184.215.14'), v6('::ffff:127.0.0.1'), v6('2606:2800:21f::1')]);
    expect(await looked(true)).toEqual([v4('93.184.215.14'), v6('2606:2800:21f::1')]);
    answers.push([v6('fd00::1'), v4('93.184.215.14')]);
    expect(await looked(false)).toEqual(['93.184.215.14', 4]);
  });

  it.each([['127.0.0.1'], ['169.254.169.254'], ['100.100.100.200'], ['::1'], ['fe80::1'], ['fd00:ec2::254'], ['::ffff:10.0.0.1'], ['64:ff9b::a9fe:a9fe'], ['2002:a00:1::']])('fails for a name that has only %s', async (address) => {
    answers.push([{ address, family: address.includes(':') ? 6 : 4 }]);
    expect(await looked(true)).toContain('no public address');
  });

  it('is made for every connection, so that a name gains nothing by changing its address after it was judged', async () => {
    await serving((_asked, answer) => { answer.end('inside'); }, async (url) => {
      const { port } = new URL(url);
      const resolver = httpPlugin.create(httpPlugin.parseConfig({ connectTimeout: 'PT1S' }), { clock: new HandClock(0), log: quiet });
      answers.push([v4('127.0.0.1')], [v4('127.0.0.1')]);
      const got = await resolver.resolve(simpleData(`http://rebinding.example:${port}/x`));
      expect(got.found ? '' : got.reasons[0]?.kind).toBe('urn:execution-broker:reason:host-refused');
      expect(asked).toEqual(['rebinding.example']);
    });
  });
});
