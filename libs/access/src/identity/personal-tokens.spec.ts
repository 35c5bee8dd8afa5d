import { beforeEach, describe, expect, it } from 'vitest';
import type { Account, AccessToken, AccessTokenStore, Instant, RequesterId } from '#model';
import { HandClock } from '#runtime/testing';
import { PersonalTokens, hashOfToken, newPersonalToken } from './personal-tokens.js';
import { MemoryAccounts } from '../testing/memory-accounts.js';

const hour = 3_600_000;
const alice = 'local:alice' as RequesterId;
const account: Account = { name: 'alice', hash: '', roles: ['user'], groups: [], created: 0, disabled: false };

/** One table that two replicas read; counts the looks. */
class SharedTokens implements AccessTokenStore {
  private readonly kept = new Map<string, AccessToken>();
  looks = 0;

  find(hash: string): Promise<AccessToken | undefined> {
    this.looks += 1;
    return Promise.resolve([...this.kept.values()].find((token) => token.hash === hash));
  }

  listOf(owner: RequesterId): Promise<readonly AccessToken[]> {
    return Promise.resolve([...this.kept.values()].filter((token) => token.owner === owner));
  }

  add(token: AccessToken): Promise<void> {
    this.kept.set(token.id, token);
    return Promise.resolve();
  }

  used(id: string, at: Instant): Promise<void> {
    const token = this.kept.get(id);
    if (token) this.kept.set(id, { ...token, lastUsed: at });
    return Promise.resolve();
  }

  remove(id: string): Promise<AccessToken | undefined> {
    const token = this.kept.get(id);
    this.kept.delete(id);
    return Promise.resolve(token);
  }

  removeAllOf(owner: RequesterId): Promise<void> {
    for (const { id } of [...this.kept.values()].filter((token) => token.owner === owner)) this.kept.delete(id);
    return Promise.resolve();
  }
}

let clock: HandClock;
let tokens: SharedTokens;
let accounts: MemoryAccounts;
const replica = (): PersonalTokens => new PersonalTokens({ tokens, accounts }, clock, { recheck: 5_000, mostRemembered: 10 });

beforeEach(async () => {
  clock = HandClock.at('2030-06-03T08:00:00Z');
  [tokens, accounts] = [new SharedTokens(), new MemoryAccounts()];
  await accounts.put(account);
});

async function made(id: string, lasting = 24 * hour): Promise<string> {
  const token = newPersonalToken();
  await tokens.add({ id, hash: hashOfToken(token), owner: alice, name: id, roles: ['user'], groups: [], ownerName: 'alice', realm: 'local', created: clock.now(), expires: clock.now() + lasting });
  return token;
}
const answerOf = (by: PersonalTokens, token: string): Promise<string> => by.login(token).then(({ requester }) => requester.id, (error: Error) => error.message);
const refused = expect.stringContaining('not known, revoked, or over') as string;

describe('a revoked token', () => {
  it('is refused at once where it was revoked, and by another replica within its recheck time of 5 seconds', async () => {
    const [here, there] = [replica(), replica()];
    const token = await made('t1');
    expect([await answerOf(here, token), await answerOf(there, token)]).toEqual([alice, alice]);
    await tokens.remove('t1');
    here.forget(alice);
    expect(await answerOf(here, token)).toEqual(refused);
    await clock.advance(5_000);
    expect(await answerOf(there, token)).toEqual(refused);
  });

  it('is refused after its revocation, also where it was being looked up meanwhile', async () => {
    const by = replica();
    const token = await made('t1');
    const underWay = answerOf(by, token);
    await tokens.remove('t1');
    by.forget(alice);
    await underWay;
    expect(await answerOf(by, token)).toEqual(refused);
  });

  it('stays refused, and leaves its owner\'s other tokens alone', async () => {
    const by = replica();
    const [revoked, other] = [await made('t1'), await made('t2')];
    await answerOf(by, revoked);
    await tokens.remove('t1');
    by.forget(alice);
    expect([await answerOf(by, revoked), await answerOf(by, other), await answerOf(by, revoked)]).toEqual([refused, alice, refused]);
  });

  it('gets the same answer after the same single look as one that never was, one that is over and one whose owner is disabled', async () => {
    const by = replica();
    const [revoked, over, disabled] = [await made('t1'), await made('t2', hour), await made('t3')];
    for (const token of [revoked, over, disabled]) expect(await answerOf(by, token)).toBe(alice);
    await tokens.remove('t1');
    await accounts.put({ ...account, disabled: true });
    await clock.advance(hour);
    const answers = [];
    for (const token of [newPersonalToken(), revoked, over, disabled]) {
      const before = tokens.looks;
      answers.push([await answerOf(by, token), tokens.looks - before]);
    }
    expect(answers).toEqual(Array.from({ length: 4 }, () => [refused, 1]));
  });
});

describe('a guess at a token', () => {
  it('that is not whole is refused without a look at what is kept', async () => {
    const token = newPersonalToken();
    const last = token.endsWith('0') ? '1' : '0';
    for (const guess of [`${token.slice(0, -1)}${last}`, token.slice(0, -1), `${token}0`, 'ebp_', token.toLowerCase().replace(/[a-z0-9]$/, '-')]) {
      expect(await answerOf(replica(), guess), guess).toContain('it is not whole');
    }
    expect(tokens.looks).toBe(0);
  });
});
