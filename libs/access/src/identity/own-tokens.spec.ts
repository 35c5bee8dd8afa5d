import { expect, it } from 'vitest';
import { anonymous } from '#model';
import type { RequestOrigin, Requester } from '#model';
import { OwnTokens } from './own-tokens.js';

const by = (credential: RequestOrigin['credential']): Requester => ({ ...anonymous, origin: { address: '192.0.2.1', credential } });

it('a requester has the token that they came with, and nobody else has it', () => {
  const tokens = new OwnTokens();
  const ada = tokens.note(by('bearer'), { authorization: 'Bearer a.b.c' });
  expect([tokens.of(ada), tokens.of({ ...ada })]).toEqual(['a.b.c', undefined]);
});

it.each([[{ authorization: 'Basic YTpi' }], [{}], [{ authorization: 'Bearer a.b.c', onBehalfOf: 'assertion' }]])('%j brings no token of one\'s own', (sender) => {
  const tokens = new OwnTokens();
  expect(tokens.of(tokens.note(by('bearer'), sender))).toBeUndefined();
});

it('a personal access token of ours is shown to nobody', () => {
  const tokens = new OwnTokens();
  expect(tokens.of(tokens.note(by('token'), { authorization: 'Bearer ebp_0123' }))).toBeUndefined();
});
