import { describe, expect, it } from 'vitest';
import { hideHosts, hidingFor, visibleLocation } from './hide-hosts.js';
import type { Member } from '../members/member.js';

const member: Member = {
  name: 'north', url: 'https://n1.inside.test:8443/eb', exposure: 'proxy', hiddenHosts: ['*.cluster.test'], gateway: 'https://gate.test/north/',
  identify: () => Promise.resolve({}),
};
const hiding = hidingFor(member, '{}');

describe('hideHosts', () => {
  it.each([
    ['see https://n1.inside.test:8443/eb/sessions/1', 'see north/eb/sessions/1'],
    ['disk full on node7.cluster.test', 'disk full on north'],
    ['N1.INSIDE.TEST is away', 'north is away'],
    ['my-n1.inside.test.example stays', 'my-n1.inside.test.example stays'],
    ['xn1.inside.test stays', 'xn1.inside.test stays'],
  ])('replaces what is inside and leaves the rest: %s', (text, shown) => {
    expect(hideHosts({ deep: [text] }, hiding)).toEqual({ deep: [shown] });
  });

  it('leaves what the client said itself, and everything of an exposed member', () => {
    expect(hideHosts('n1.inside.test', hidingFor(member, 'fetch https://n1.inside.test/x'))).toBe('n1.inside.test');
    expect(hideHosts('n1.inside.test', hidingFor({ ...member, exposure: 'expose' }, ''))).toBe('n1.inside.test');
  });

  it('shows connectors of hidden hosts through the gateway only', () => {
    expect(visibleLocation('https://node7.cluster.test:3000/lab?token=1', hiding)).toBe('https://gate.test/north/lab?token=1');
    expect(visibleLocation('https://public.test/lab', hiding)).toBe('https://public.test/lab');
    const without: Member = { ...member, name: 'south' };
    delete (without as { gateway?: string }).gateway;
    expect(visibleLocation('https://node7.cluster.test/lab', hidingFor(without, ''))).toBeUndefined();
  });
});
