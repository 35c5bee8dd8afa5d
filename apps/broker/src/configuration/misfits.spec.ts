import { describe, expect, it } from 'vitest';
import { faultText } from '#runtime';
import { loadConfigText } from './load-config.js';

const stage = 'platforms: [{ name: stage, type: scripted }]\n';

async function told(text: string): Promise<{ readonly faults: string; readonly doubts: string }> {
  const loaded = await loadConfigText(stage + text, {});
  return loaded.ok ? { faults: '', doubts: loaded.value.doubts.map(faultText).join('\n') } : { faults: loaded.faults.map(faultText).join('\n'), doubts: '' };
}

describe('a configuration', () => {
  it.each([
    ['a grain of nothing', 'booking: { grain: PT0S }', /:2:19: booking\.grain/],
    ['offers that hold for no time', 'booking: { offerExpiry: PT0S }', /booking\.offerExpiry/],
    ['a usual length above the longest', 'defaults: { duration: PT2H, longest: PT1H }', /:2:23: defaults\.duration: PT2H is longer than defaults\.longest, PT1H/],
    ['one port for two listeners', 'http: { port: 8642, admin: { port: 8642 } }', /http\.admin\.port: 8642 is the port of the public listener/],
    ['a block of addresses that there is not', 'http: { trustedProxies: ["10.0.0.0/33"] }', /http\.trustedProxies\[0\]: '10\.0\.0\.0\/33' is neither/],
    ['another database', 'database: { url: "mysql://user:secret@host/db" }', /database\.url: is no address of a PostgreSQL/],
    ['an address with a scheme to listen at', 'http: { host: "http://127.0.0.1" }', /http\.host: 'http:\/\/127\.0\.0\.1' is neither an address nor the name of a host; write an address/],
    ['an address with a port to listen at', 'http: { host: "0.0.0.0:8642" }', /http\.host/],
    ['an address in brackets to listen at', 'http: { host: "[::1]" }', /http\.host/],
    ['an address that there is not', 'http: { host: 127.0.0.256 }', /http\.host: '127\.0\.0\.256'/],
    ['nothing to listen at', 'http: { host: "" }', /http\.host/],
    ['no host for the administration', 'http: { admin: { port: 1, host: "a b" } }', /http\.admin\.host: 'a b'/],
    ['two accounts of one name', 'access: { accounts: [{ name: a, password: p }, { name: a, password: q }] }', /access\.accounts\[1\]\.name: 'a' is there twice/],
  ])('is refused with %s', async (_what, text, words) => {
    const { faults } = await told(text);
    expect(faults).toMatch(words);
    expect(faults).not.toContain('secret');
  });

  it.each([
    ['offers that hold longer than they may be kept', 'booking: { offerExpiry: PT1H }', /booking\.offerExpiry: PT1H is longer than booking\.longestExpiry, PT30M/],
    ['more cores by default than any pool has', 'defaults: { cores: 17 }', /defaults\.cores: 17 is more than any pool has, 16, so that who names no size gets nothing/],
    ['more memory by default than any pool has', 'defaults: { memory: 65 }', /defaults\.memory: 65 is more than any pool has, 64/],
    ['pools of no platform', 'pools: [{ divide: stag/main, pledges: [{ name: x, amounts: { cores: 1 } }] }]', /pools\[0\]\.divide: there is no platform 'stag'; write one of stage/],
    ['prices of no platform', 'costs: { pools: { cluster/gpu: { perCoreHour: 1 } } }', /costs\.pools\["cluster\/gpu"\]: there is no platform 'cluster'/],
    ['maintenance of no platform', 'calendar: [{ name: x, kind: maintenance, pool: b/main, when: 2030-06-03T12:00:00Z/PT4H }]', /calendar\[0\]\.pool: there is no platform 'b'/],
    ['a time that is none', 'calendar: [{ name: x, kind: maintenance, pool: stage/main, when: tomorrow }]', /calendar\[0\]\.when: 'tomorrow' has no time of day/],
    ['a zone that is none', 'calendar: [{ name: x, kind: growth, pool: stage/main, amounts: { cores: 1 }, when: 2030-06-03T12:00:00Z/PT4H, repeat: { count: 2, every: P7D, zone: Europe/Nowhere } }]', /calendar\[0\]\.repeat\.zone: 'Europe\/Nowhere' is no IANA time zone/],
  ])('can be started with %s, and its check tells', async (_what, text, words) => {
    expect(await told(text)).toEqual({ faults: '', doubts: expect.stringMatching(words) as string });
  });

  it.each(['127.0.0.1', '0.0.0.0', '::', 'fe80::1%eth0', 'localhost', 'broker.site.example', 'node-7.internal.'])('may listen at %s', async (host) => {
    expect(await told(`http: { host: "${host}" }`)).toEqual({ faults: '', doubts: '' });
  });

  it('is in order with all of that right, also when an entry of the calendar is over', async () => {
    const text = `booking: { grain: PT1M }
http: { port: 8642, admin: { port: 8643 }, trustedProxies: ["10.0.0.0/8", "::1"] }
database: { url: "postgresql://host/db" }
costs: { pools: { stage: { perCoreHour: 1 }, stage/main: { perCoreHour: 2 } } }
calendar: [{ name: x, kind: maintenance, pool: stage/main, when: 2001-06-03T12:00:00Z/PT4H }]`;
    expect(await told(text)).toEqual({ faults: '', doubts: '' });
  });
});
