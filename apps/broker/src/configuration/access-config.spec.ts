import { describe, expect, it } from 'vitest';
import { faultText } from '#runtime';
import { loadConfigText } from './load-config.js';

const issuer = (more: string): string => `access:\n  issuers:\n    - { issuer: https://one.example/, realm: one, audience: node }\n    - { ${more} }\n`;

async function faultsOf(text: string): Promise<string> {
  const loaded = await loadConfigText(text, {});
  return loaded.ok ? '' : loaded.faults.map(faultText).join('\n');
}

describe('the section access', () => {
  it.each([
    ['two issuers of one realm', issuer('issuer: https://two.example/, realm: one, audience: node'), /realm.*'one' is there twice/],
    ['one issuer twice', issuer('issuer: https://one.example/, realm: two, audience: node'), /issuer.*is there twice/],
    ['an issuer without TLS', issuer('issuer: http://two.example/, realm: two, audience: node'), /not reached by https/],
    ['the realm of the node itself', issuer('issuer: https://two.example/, realm: local, audience: node'), /realm/],
    ['an algorithm with a shared secret', issuer('issuer: https://two.example/, realm: two, audience: node, algorithms: [HS256]'), /algorithms/],
    ['no algorithm at all', issuer('issuer: https://two.example/, realm: two, audience: node, algorithms: [none]'), /algorithms/],
    ['an issuer without an audience', issuer('issuer: https://two.example/, realm: two'), /audience/],
    ['an aggregator without keys', 'access: { onBehalf: [{ issuer: ag, realms: [srcnet] }] }', /public keys are missing/],
    ['an aggregator that speaks for the node\'s own people', 'access: { onBehalf: [{ issuer: ag, jwks: "https://ag.example/jwks", realms: [local] }] }', /realms/],
    ['an audit record that is gone within a day', 'access: { audit: { keep: PT1H } }', /access\.audit\.keep.*less than a day.*P1D/s],
    ['an audit record of hardly anything', 'access: { audit: { most: 10 } }', /access\.audit\.most/],
    ['an unknown key', 'access: { issuer: [] }', /issuer/],
  ])('is refused with %s', async (_what, text, words) => {
    expect(await faultsOf(text)).toMatch(words);
  });

  it('is taken with two issuers and an aggregator', async () => {
    const text = `${issuer('issuer: http://127.0.0.1:1/, realm: two, audience: [a, b]')}  onBehalf: [{ issuer: ag, jwks: "https://ag.example/jwks", realms: [srcnet, { theirs: local, ours: ag }] }]\n`;
    expect(await faultsOf(text)).toBe('');
  });
});
