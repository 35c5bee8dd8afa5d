import { Linter } from 'eslint';
import { describe, expect, it } from 'vitest';
import { explainSuppression } from './explain-suppression.mjs';
import { findIn, forbiddenTexts } from './forbidden-text.mjs';

describe('text that is committed', () => {
  const home = ['', 'home', 'alice'].join('/');
  const forbidden = forbiddenTexts({ root: '/srv/clone', siblings: ['/srv/other'], home, registry: 'https://packages.example.org/npm/\n' });

  it.each([['cd /srv/clone', '/srv/clone'], ['see /srv/other/x', '/srv/other'], ['https://packages.example.org/npm/a.tgz', 'packages.example.org']])('%j is found', (line, text) => {
    expect(findIn('a.md', `first\n${line}`, forbidden)).toEqual([`a.md:2: ${text}`]);
  });

  it('may say home where no person lives', () => {
    expect(findIn('a.md', 'a folder below /home/ and http://x.org/home/page', forbidden)).toEqual([]);
  });

  it("may not hold anybody's home", () => {
    expect(findIn('a.md', `cd ${home.replace('alice', 'bob')}`, forbidden)).toHaveLength(1);
  });
});

describe('silencing a rule', () => {
  const messages = (code: string): number => new Linter().verify(code, {
    plugins: { house: { rules: { 'explain-suppression': explainSuppression } } }, rules: { 'house/explain-suppression': 'error' },
    linterOptions: { reportUnusedDisableDirectives: 'off' },
  }).length;

  it('needs the rule and a reason', () => {
    expect(messages('// eslint-disable-next-line no-eval -- the answer of a trusted tool\n')).toBe(0);
    expect(messages('// eslint-disable-next-line no-eval\n')).toBe(1);
    expect(messages('// eslint-disable-next-line no-eval -- because\n')).toBe(1);
    expect(messages('/* eslint-disable no-eval */\n')).toBe(1);
  });
});
