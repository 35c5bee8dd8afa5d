import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { groupsOf, knownScopes, nameOf, rolesOf, scopesOf } from './claims.js';

const usual = ['wlcg.groups', 'groups', 'entitlements', 'eduperson_entitlement'];

describe('groups', () => {
  it.each<readonly [string, object, readonly string[]]>([
    ['of the WLCG profile', { 'wlcg.groups': ['/ska', '/ska/rucio'] }, ['ska', 'ska/rucio']],
    ['of IAM\'s own profile', { groups: ['ska', 'services/broker/roles/admin'] }, ['ska', 'services/broker/roles/admin']],
    ['of Keycloak, with its slashes', { groups: ['/staff/', '/staff/admins'] }, ['staff', 'staff/admins']],
    ['as AARC entitlements, roles and authority included', { eduperson_entitlement: ['urn:geant:egi.eu:group:vo.ska:data%20team:role=member#aai.egi.eu'] }, ['vo.ska/data team/role=member']],
    ['of a single entitlement', { entitlements: 'urn:mace:example.org:group:astro' }, ['astro']],
    ['of several claims, each once', { 'wlcg.groups': ['/ska'], groups: ['ska', 'local'] }, ['ska', 'local']],
  ])('are read %s', (_what, claims, groups) => {
    expect(groupsOf(claims as never, usual)).toEqual(groups);
  });

  it('never imply the group above them', () => {
    expect(groupsOf({ groups: ['/ska/rucio'] }, usual)).not.toContain('ska');
  });

  it('are found on a way through claims, where no claim has that very name', () => {
    expect(groupsOf({ realm_access: { roles: ['broker'] } }, ['realm_access.roles'])).toEqual(['broker']);
    expect(groupsOf({ 'a.b': ['named'], a: { b: ['way'] } }, ['a.b'])).toEqual(['named']);
  });

  it('are only sound texts, and not too many, whatever a token holds', () => {
    fc.assert(fc.property(fc.anything(), (value) => {
      for (const group of groupsOf({ groups: value }, ['groups'])) expect(group).toMatch(/^[^\p{Cc}\p{Cs}/][^\p{Cc}\p{Cs}]{0,255}$/u);
    }));
    expect(groupsOf({ groups: Array.from({ length: 5_000 }, (_, index) => `g${index}`) }, ['groups'])).toHaveLength(1_000);
    expect(groupsOf({ groups: ['urn:other:entitlement', 'urn:x:group:%E0%A4%A', '', '/', 'a\u0000b', 'a\ud835'] }, ['groups'])).toEqual([]);
  });

  it('are not taken from what every object has', () => {
    expect(groupsOf({}, ['constructor.name', '__proto__.x', 'toString'])).toEqual([]);
  });
});

describe('scopes', () => {
  it('are read as a text of words and as a list', () => {
    expect(scopesOf({ scope: 'openid compute.read' })).toEqual(['openid', 'compute.read']);
    expect(scopesOf({ scp: ['compute.read', 'x'] })).toEqual(['compute.read', 'x']);
    expect(scopesOf({ scope: 7 })).toEqual([]);
  });

  it('are those that we know, and those that others stand for', () => {
    expect(knownScopes(['compute.read', 'compute.all', 'broker'], { broker: ['compute.create', 'compute.read'] })).toEqual(['compute.read', 'compute.create']);
    expect(knownScopes(['toString', '__proto__'], {})).toEqual([]);
  });
});

describe('roles', () => {
  const of = (more: object) => ({ subject: 'ada', groups: ['staff'], scopes: ['broker'], claims: { department: ['it'] }, ...more });

  it('are given by group, subject, scope or claim, and everybody is a user', () => {
    expect(rolesOf([], of({}))).toEqual(['user']);
    for (const rule of [{ groups: ['/staff'] }, { subjects: ['ada'] }, { scopes: ['broker'] }, { claim: { name: 'department', value: 'it' } }]) {
      expect(rolesOf([{ role: 'admin', ...rule }], of({}))).toEqual(['user', 'admin']);
    }
    for (const rule of [{}, { groups: ['staff/admins'] }, { subjects: ['ADA'] }, { claim: { name: 'department', value: 'i' } }]) expect(rolesOf([{ role: 'admin', ...rule }], of({}))).toEqual(['user']);
  });
});

describe('the shown name', () => {
  it('is the first that is fit to be shown', () => {
    expect(nameOf({ name: 'a\nb', preferred_username: 'ada' }, ['name', 'preferred_username'], 'id')).toBe('ada');
    expect(nameOf({}, ['name'], 'id')).toBe('id');
  });
});
