/**
 * Addresses of members, by the names in their URLs. Node looks up two names at a time: two whose name server is silent would keep all
 * others waiting, longer than a request may take. So what was found once is used while it is looked up again, and a fault is kept for a while.
 */
import { lookup as lookupOfSystem } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Clock, Instant, Milliseconds } from '#model';

/** All addresses of a name. */
export type FindAddresses = (name: string, options: LookupOptions) => Promise<readonly LookupAddress[]>;

/** `at`: when the addresses were found; `until`: when they are looked up again. */
interface Found { readonly addresses?: readonly LookupAddress[]; readonly at: Instant; readonly fault?: unknown; readonly until: Instant }

const goodFor: Milliseconds = 30_000;
/** Older ones may be somebody else's by now: who needs them waits until they are looked up. */
const usableFor: Milliseconds = 300_000;
/** Shorter than a failing member is left alone: who is called again is looked up again. */
const faultyFor: Milliseconds = 10_000;
const mostKept = 10_000;

export class Addresses {
  private readonly found = new Map<string, Found>();
  private readonly underway = new Map<string, Promise<Found>>();

  constructor(private readonly clock: Clock, private readonly find: FindAddresses = findBySystem) {}

  /** For sockets, which give it a name and want one address, or all. */
  readonly lookup: LookupFunction = (name, options, done) => {
    void this.of(name, options).then(({ addresses, fault }) => {
      const [first] = addresses ?? [];
      if (!addresses || !first) done(fault as NodeJS.ErrnoException, '');
      else if (options.all === true) done(null, [...addresses]);
      else done(null, first.address, first.family);
    });
  };

  private of(name: string, options: LookupOptions): Promise<Found> {
    const key = `${options.family ?? 0} ${options.hints ?? 0} ${name}`;
    const known = this.found.get(key);
    if (known && known.until > this.clock.now()) return Promise.resolve(known);
    const asked = this.underway.get(key) ?? this.ask(key, name, options);
    return known?.addresses && known.at + usableFor > this.clock.now() ? Promise.resolve(known) : asked;
  }

  private ask(key: string, name: string, options: LookupOptions): Promise<Found> {
    const asked = this.find(name, { ...options, all: true }).then(
      (addresses) => (addresses.length > 0 ? this.succeeded(addresses) : this.failed(key, unknownName(name))),
      (fault: unknown) => this.failed(key, fault),
    ).then((found) => this.keep(key, found));
    this.underway.set(key, asked);
    return asked;
  }

  private succeeded(addresses: readonly LookupAddress[]): Found {
    const now = this.clock.now();
    return { addresses, at: now, until: now + goodFor };
  }

  /** A name that is gone has no address any more; where nobody could tell, the last one is all there is. */
  private failed(key: string, fault: unknown): Found {
    const now = this.clock.now();
    const known = (fault as NodeJS.ErrnoException).code === 'ENOTFOUND' ? undefined : this.found.get(key);
    return { at: known?.at ?? now, until: now + faultyFor, ...(known?.addresses ? { addresses: known.addresses } : { fault }) };
  }

  private keep(key: string, found: Found): Found {
    this.underway.delete(key);
    this.found.delete(key);
    this.found.set(key, found);
    const [oldest] = this.found.keys();
    if (this.found.size > mostKept && oldest !== undefined) this.found.delete(oldest);
    return found;
  }
}

function unknownName(name: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`no address of ${name}`), { code: 'ENOTFOUND' });
}

const findBySystem: FindAddresses = (name, options) => new Promise((resolve, reject) => {
  lookupOfSystem(name, { ...options, all: true }, (fault, addresses) => {
    if (fault) reject(fault);
    else resolve(addresses);
  });
});
