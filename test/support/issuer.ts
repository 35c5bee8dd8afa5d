/** An issuer of tokens for tests: a real server on loopback with keys of its own, which signs whatever a test says. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, exportSPKI, generateKeyPair } from 'jose';
import type { CryptoKey, JWK, JWTPayload } from 'jose';

interface Key { readonly kid: string; readonly alg: string; readonly private: CryptoKey; readonly public: CryptoKey; readonly jwk: JWK }

export interface TokenWish {
  readonly claims?: JWTPayload;
  readonly header?: Readonly<Record<string, unknown>>;
  /** Claims to be left out. */
  readonly without?: readonly string[];
  /** Signed by this key instead of the issuer's own. */
  readonly key?: CryptoKey | Uint8Array;
}

export class TestIssuer {
  /** How often its keys were fetched. */
  fetches = 0;
  /** While true it answers 503. */
  away = false;
  /** Added to the issuer that it says it is; as an impostor would. */
  suffix = '';

  private constructor(private readonly server: Server, private readonly now: () => number, private keys: readonly Key[]) {}

  /** `now`: milliseconds, of the clock that those who check its tokens go by. */
  static async start(now: () => number): Promise<TestIssuer> {
    const server = createServer((request, response) => { issuer.answer(request.url ?? '', (status, body) => { response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)); }); });
    const issuer = new TestIssuer(server, now, [await makeKey('first', 'ES256'), await makeKey('rsa', 'RS256')]);
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The public key of its ES256 pair, as PEM and as JWK: what an attacker has. */
  async publicPem(): Promise<string> {
    return exportSPKI(this.keyOf('ES256').public);
  }

  get publicJwk(): JWK {
    return this.keyOf('ES256').jwk;
  }

  /** A sound token of alice for `urn:node`, valid for ten minutes, changed as the test wishes. */
  async token({ claims = {}, header = {}, without = [], key }: TokenWish = {}): Promise<string> {
    const alg = String(header['alg'] ?? 'ES256');
    const own = this.keys.find((one) => one.alg === alg);
    const seconds = Math.floor(this.now() / 1000);
    const all: JWTPayload = { iss: this.url, aud: 'urn:node', sub: 'alice-id', iat: seconds, exp: seconds + 600, scope: 'openid compute.read compute.create compute.modify compute.cancel', ...claims };
    const kept = Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name)));
    const signer = key ?? own?.private;
    if (!signer) throw new Error(`no key for ${alg}`);
    return new SignJWT(kept).setProtectedHeader({ alg, kid: own?.kid ?? 'first', typ: 'at+jwt', ...header }).sign(signer);
  }

  /** New keys; the old ones are published no more. */
  async rotate(): Promise<void> {
    this.keys = [await makeKey(`k${this.fetches}-${this.keys[0]?.kid ?? ''}`, 'ES256')];
  }

  stop(): Promise<void> {
    return new Promise((resolve) => { this.server.close(() => { resolve(); }); this.server.closeAllConnections(); });
  }

  private keyOf(alg: string): Key {
    const found = this.keys.find((one) => one.alg === alg);
    if (!found) throw new Error(`no key for ${alg}`);
    return found;
  }

  private answer(path: string, send: (status: number, body: unknown) => void): void {
    if (this.away) send(503, {});
    else if (path === '/.well-known/openid-configuration') send(200, { issuer: this.url + this.suffix, jwks_uri: `${this.url}/jwks` });
    else if (path === '/jwks') {
      this.fetches += 1;
      send(200, { keys: this.keys.map(({ jwk }) => jwk) });
    } else send(404, {});
  }
}

async function makeKey(kid: string, alg: string): Promise<Key> {
  const pair = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, private: pair.privateKey, public: pair.publicKey, jwk: { ...await exportJWK(pair.publicKey), kid, alg, use: 'sig' } };
}
