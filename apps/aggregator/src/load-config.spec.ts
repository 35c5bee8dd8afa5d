import { expect, it } from 'vitest';
import { faultText } from '#runtime';
import { loadConfigText } from './load-config.js';

it.each([
  ['http: { host: "0.0.0.0:8650" }', /http\.host: '0\.0\.0\.0:8650' is neither an address nor the name of a host/],
  ['http: { port: 8650, admin: { port: 8650 } }', /http\.admin\.port: 8650 is the port of the public listener/],
  ['http: { trustedProxies: ["10.0.0.0/33"] }', /http\.trustedProxies\[0\]/],
  ['members: [{ name: a, url: "https://a.example" }, { name: a, url: "https://b.example" }]', /members\[1\]\.name: the name 'a' is there twice/],
  ['access: { audit: { keep: PT1H } }', /access\.audit\.keep: 'PT1H' is less than a day/],
])('the configuration of an aggregator is refused with %s', async (text, words) => {
  const loaded = await loadConfigText(text, {});
  expect(loaded.ok ? '' : loaded.faults.map(faultText).join('\n')).toMatch(words);
});
