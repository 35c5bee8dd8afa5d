import { expect, it } from 'vitest';
import { anonymous } from '#model';
import { OwnTokens } from './own-tokens.js';

it('a requester has the token that they came with, and nobody else has it', () => {
  const tokens = new OwnTokens();
  const ada = tokens.note({ ...anonymous }, { authorization: 'Bearer a.b.c' });
  expect([tokens.of(ada), tokens.of({ ...ada })]).toEqual(['a.b.c', undefined]);
});

it.each([[{ authorization: 'Basic YTpi' }], [{}], [{ authorization: 'Bearer a.b.c', onBehalfOf: 'assertion' }]])('%j brings no token of one\'s own', (sender) => {
  const tokens = new OwnTokens();
  expect(tokens.of(tokens.note({ ...anonymous }, sender))).toBeUndefined();
});
