import { describe, expect, it } from 'vitest';
import type { Requester } from '#model';
import { anonymous, kinds, reasonText } from '#model';
import type { Verdict } from '#plugin-sdk';
import { anAsk, policyContract, rememberingLog } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { membershipPolicy } from './index.js';

const clock = HandClock.at('2030-06-03T08:00:00Z');
const alice: Requester = { ...anonymous, realm: 'srcnet', groups: ['ska/users', 'data/namespaces/demo/owner'], scopes: ['compute.read', 'compute.create'] };
const config = { allow: [{ realms: ['srcnet'], groups: ['ska/users'] }, { realms: ['local'] }], deny: [{ groups: ['ska/suspended'], why: 'your project is suspended' }] };

async function verdictOf(rules: unknown, requester: Requester, more: object = {}): Promise<Verdict> {
  const policy = membershipPolicy.create(membershipPolicy.parseConfig(rules), { clock, log: rememberingLog([]), fetch });
  return await policy.judge?.(anAsk({ requester, ...more })) ?? { kind: 'allow' };
}

policyContract({
  name: 'membership', plugin: membershipPolicy, clock, config,
  badConfigs: [{ raw: {}, path: '' }, { raw: { allow: [{ group: ['x'] }] }, path: 'allow.0.group' }, { raw: { deny: [{ why: 'nobody' }] }, path: 'deny[0]' }],
  asks: [
    { title: 'a member may ask', ask: anAsk({ requester: alice }), verdict: 'allow' },
    { title: 'a stranger may not', ask: anAsk(), verdict: 'deny' },
    { title: 'who is excluded may not, whatever allows them', ask: anAsk({ requester: { ...alice, groups: ['ska/users', 'ska/suspended'] } }), verdict: 'deny' },
  ],
});

describe('membership', () => {
  it.each<[object, string, string]>([
    [{ groups: ['ska'] }, 'deny', 'a group does not imply the one above it'],
    [{ groups: ['ska/users/admins'] }, 'deny', 'nor the one below it'],
    [{ groups: ['data/**'] }, 'allow', 'unless the rule says so'],
    [{ groups: ['dat/**'] }, 'deny', 'by whole parts of the name'],
    [{ scopes: ['compute.create', 'compute.read'] }, 'allow', 'all scopes are there'],
    [{ scopes: ['compute.create', 'compute.cancel'] }, 'deny', 'all scopes are needed'],
    [{ realms: ['SRCNET'] }, 'deny', 'names are compared exactly'],
  ])('%j: %s, %s', async (who, verdict) => {
    expect((await verdictOf({ allow: [who] }, alice)).kind).toBe(verdict);
  });

  it('says who may, and why not', async () => {
    const stranger = await verdictOf(config, { ...alice, groups: [] });
    expect(stranger.kind === 'deny' && reasonText(stranger.reason)).toBe('only who is of realm srcnet, in group ska/users; or of realm local may ask here');
    const excluded = await verdictOf(config, { ...alice, groups: ['ska/suspended'] });
    expect(excluded.kind === 'deny' && reasonText(excluded.reason)).toBe('you may not ask here: your project is suspended');
  });

  it('can be about one kind only (UC-40)', async () => {
    const rules = { allow: [{ groups: ['charts'] }], kinds: [kinds.dockerContainer] };
    expect((await verdictOf(rules, alice, { request: { executable: { kind: kinds.dockerContainer } } })).kind).toBe('deny');
    expect((await verdictOf(rules, alice, { request: { executable: { kind: kinds.jupyterNotebook } } })).kind).toBe('allow');
  });
});
