/** `eb login` at a real OpenID provider, for a node that trusts it. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../../apps/cli/src/main.js';
import { CapturedTerminal } from '../../apps/cli/src/testing/captured-terminal.js';
import { HandClock } from '#runtime/testing';
import { startNode } from '../support/node.js';
import type { TestNode } from '../support/node.js';
import { FormBrowser, startProvider } from '../support/oidc-provider.js';
import type { RunningProvider } from '../support/oidc-provider.js';

/** Goes to the page that the command names, as a user does. */
class PersonAtTerminal extends CapturedTerminal {
  readonly hand = HandClock.at('2030-06-03T08:00:00Z');
  override readonly clock = { now: () => this.hand.now(), sleep: () => this.visits };
  private visits: Promise<void> = Promise.resolve();

  constructor(env: Readonly<Record<string, string | undefined>>, private readonly who: string) {
    super(env);
  }

  override err(text: string): void {
    super.err(text);
    const page = /(?:or open|log in:)\s+(http\S+)/.exec(text)?.[1];
    if (page !== undefined) this.visits = new FormBrowser(this.who).visit(page).then(() => undefined);
  }
}

/** The provider lives in real time, and so its tokens do; the node's clock stands still meanwhile. */
const clockTolerance = 'PT10M';

let provider: RunningProvider;
let node: TestNode;
let folder: string;
let person: PersonAtTerminal;
beforeAll(async () => {
  provider = await startProvider();
  const issuer = { issuer: provider.issuer, audience: 'urn:node', clockTolerance };
  const login = { clientId: provider.clientId, resource: 'urn:node' };
  node = await startNode({ now: new Date().toISOString(), access: { issuers: [{ ...issuer, realm: 'srcnet', login }] } });
});
afterAll(async () => {
  await node.stop();
  await provider.stop();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eb-login-'));
  person = new PersonAtTerminal({ EB_URL: node.running.url, XDG_CONFIG_HOME: folder }, 'ada');
});
afterEach(() => rm(folder, { recursive: true }));

const eb = (...argv: readonly string[]): Promise<number> => {
  person.stdout = '';
  return main(argv, person);
};

describe('eb login', () => {
  it.each([['--device'], ['--browser']])('logs in by %s; further commands are that person\'s', async (way) => {
    expect(await eb('login', way), person.stderr).toBe(0);
    expect(person.stdout).toContain('srcnet:ada');
    expect(await eb('whoami', '-o', 'json')).toBe(0);
    expect(JSON.parse(person.stdout)).toMatchObject({ id: 'srcnet:ada', realm: 'srcnet', credential: 'bearer', scopes: ['compute.read', 'compute.create', 'compute.modify', 'compute.cancel'] });
    expect(await eb('sessions')).toBe(0);
  });

  it('keeps its tokens where only the user can read them, and shows none', async () => {
    await eb('login', '--device');
    const file = join(folder, 'eb', 'logins.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { accessToken, refreshToken } = (Object.values(JSON.parse(await readFile(file, 'utf8')) as object) as { accessToken: string; refreshToken: string }[])[0] ?? { accessToken: '', refreshToken: '' };
    for (const secret of [accessToken, refreshToken]) {
      expect(secret.length).toBeGreaterThan(20);
      expect(person.stdout + person.stderr).not.toContain(secret);
    }
  });

  it('renews a token that is about to end, with a refresh token that rotates, again and again', async () => {
    await eb('login', '--device');
    const file = join(folder, 'eb', 'logins.json');
    const seen = new Set<string>();
    for (let round = 0; round < 3; round++) {
      seen.add(await readFile(file, 'utf8'));
      await person.hand.advance(580_000);
      expect(await eb('sessions'), person.stderr).toBe(0);
    }
    expect(seen.size).toBe(3);
  });

  it('says so when the login is over', async () => {
    await eb('login', '--device');
    const key = join(folder, 'eb', 'logins.json');
    await writeFile(key, (await readFile(key, 'utf8')).replace(/"refreshToken": "[^"]*"/, '"refreshToken": "withdrawn"'));
    await person.hand.advance(580_000);
    expect(await eb('sessions')).toBe(2);
    expect(person.stderr).toContain('log in again with eb login');
  });

  it('forgets a login', async () => {
    await eb('login', '--device');
    expect(await eb('logout')).toBe(0);
    expect(await eb('whoami')).toBe(3);
    expect(person.stderr).toContain('eb login');
  });

  it('keeps two people at one broker apart by their contexts', async () => {
    person = new PersonAtTerminal({ XDG_CONFIG_HOME: folder }, 'ada');
    await eb('context', 'add', 'mine', '--url', node.running.url);
    await eb('context', 'add', 'hers', '--url', node.running.url);
    await eb('login', '--device', '--context', 'mine');
    const other = person = new PersonAtTerminal({ XDG_CONFIG_HOME: folder }, 'grace');
    await eb('login', '--device', '--context', 'hers');
    await eb('whoami', '--context', 'mine');
    expect(other.stdout).toContain('srcnet:ada');
    await eb('whoami', '--context', 'hers');
    expect(other.stdout).toContain('srcnet:grace');
  });

  it('is meant where its context is named, whatever token the environment holds for another broker', async () => {
    person = new PersonAtTerminal({ XDG_CONFIG_HOME: folder, EB_URL: 'http://127.0.0.1:1', EB_TOKEN: 'ebp_of-another-broker' }, 'ada');
    await eb('context', 'add', 'mine', '--url', node.running.url);
    await eb('login', '--device', '--context', 'mine');
    expect(await eb('whoami', '--context', 'mine'), person.stderr).toBe(0);
    expect(person.stdout).toContain('srcnet:ada');
  });

  it('exchanges what it got for a token that the broker takes, where the broker wants one of its own', async () => {
    const strict = await startNode({ now: new Date().toISOString(), access: { issuers: [
      { issuer: provider.issuer, audience: 'urn:strict', clockTolerance, realm: 'srcnet', login: { clientId: provider.clientId, resource: 'urn:elsewhere', exchangeFor: 'urn:strict' } },
    ] } });
    try {
      person = new PersonAtTerminal({ EB_URL: strict.running.url, XDG_CONFIG_HOME: folder }, 'ada');
      expect(await eb('login', '--device'), person.stderr).toBe(0);
      expect(person.stdout).toContain('srcnet:ada');
    } finally {
      await strict.stop();
    }
  });
});

describe('eb token', () => {
  it('makes a token that works in EB_TOKEN until it is revoked', async () => {
    await eb('login', '--device');
    expect(await eb('token', 'create', 'cron', '--for', '7d', '--scope', 'compute.read')).toBe(0);
    const token = person.stdout.trim();
    const script = new PersonAtTerminal({ EB_URL: node.running.url, EB_TOKEN: token, XDG_CONFIG_HOME: join(folder, 'elsewhere') }, 'nobody');
    expect(await main(['whoami', '-o', 'json'], script)).toBe(0);
    expect(JSON.parse(script.stdout)).toMatchObject({ id: 'srcnet:ada', credential: 'token', scopes: ['compute.read'] });
    await eb('token', 'list', '-o', 'json');
    const [{ id }] = JSON.parse(person.stdout) as [{ id: string }];
    expect(await eb('token', 'revoke', id)).toBe(0);
    expect(await main(['whoami'], script)).toBe(3);
  });
});

describe('eb admin audit', () => {
  it('shows, exports and verifies the record', async () => {
    person = new PersonAtTerminal({ EB_URL: node.running.url, EB_USER: 'admin', EB_PASSWORD: 'correct horse battery staple', XDG_CONFIG_HOME: folder }, 'admin');
    expect(await eb('admin', 'audit', '--limit', '5')).toBe(0);
    expect(person.stdout).toContain('local:admin');
    expect(await eb('admin', 'audit', '--export', '--who', 'local:admin')).toBe(0);
    expect(person.stdout.trimEnd().split('\n').every((line) => (JSON.parse(line) as { who: string }).who === 'local:admin')).toBe(true);
    expect(await eb('admin', 'audit', '--verify')).toBe(0);
    const noted = /(\d+:[0-9a-f]{64})/.exec(person.stdout)?.[1] ?? '';
    expect(await eb('admin', 'audit', '--verify', '--noted', noted)).toBe(0);
    expect(await eb('admin', 'audit', '--verify', '--noted', noted.replace(/.$/, 'x'))).not.toBe(0);
  });
});
