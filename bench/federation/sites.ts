/**
 * Many sites in one process, one loopback address each: they answer after a log-normal time with a median of 20 ms. A site is its
 * digest, which the node's own code makes of invented bookings; it offers the earliest start that the digest has room for.
 */
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { formatInstant, kinds, parseInterval } from '#model';
import type { OfferSetId, PoolId, SessionId } from '#model';
import { freeAhead } from '#node';
import { seeded } from '../booking/preload.js';
import { lightServer } from './light-server.js';
import type { LightCall } from './light-server.js';

const hour = 3_600_000;
const grain = 300_000;
const [count = 0, bookingsEach = 0, medianDelay = 20] = process.argv.slice(2).map(Number);
const random = seeded(7);
const start = Math.floor(Date.now() / hour) * hour;
const total = { cores: 64, memory: 256 };

const frees = Array.from({ length: count }, () => inventFree());
const digests = frees.map((free) => JSON.stringify({
  kinds: { executable: [kinds.dockerContainer], storage: [] }, longest: 'P7D', window: { start: formatInstant(start), end: formatInstant(start + free.length * hour) }, step: 'PT1H',
  free: { cores: free }, isComplete: true,
}));
const slowest = new Map<string, number>();

/** Most free cores in each hour, of as many bookings as this site has. */
function inventFree(): readonly number[] {
  const pool = 'site/main' as PoolId;
  const bookings = Array.from({ length: bookingsEach }, (_, index) => {
    const from = start + random() * 7 * 24 * hour;
    const cores = Math.ceil(random() * 64 * 24 * 7 / Math.max(1, bookingsEach));
    return { session: `s${index}` as SessionId, set: `o${index}` as OfferSetId, claims: [{ pool, interval: { start: from, end: from + (0.5 + random()) * hour }, amount: { cores } }] };
  });
  return freeAhead({ pools: [{ pool, total }], bookings: () => bookings, grain }, start).free.cores ?? [];
}

/** Standard normal, by Box and Muller. */
function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function offerOf(site: number, cores: number, window: string | undefined): object | undefined {
  const wanted = window === undefined ? undefined : parseInterval(window);
  const [from, until] = wanted?.ok === true ? [wanted.value.start, wanted.value.end] : [Date.now(), Infinity];
  const free = frees[site] ?? [];
  for (let index = Math.max(0, Math.floor((from - start) / hour)); index < free.length; index += 1) {
    const at = Math.ceil(Math.max(from, start + index * hour) / grain) * grain;
    if ((free[index] ?? 0) >= cores && at <= until) return offerAt(site, at, cores);
  }
  // Beyond what anybody has booked there is room.
  const beyond = start + free.length * hour;
  return beyond <= until && cores <= total.cores ? offerAt(site, beyond, cores) : undefined;
}

function offerAt(site: number, at: number, cores: number): object {
  const schedule = { preparing: { start: formatInstant(at), duration: 'PT0S' }, available: { start: `${formatInstant(at)}/PT0S`, duration: 'PT1H' }, releasing: { start: formatInstant(at + hour), duration: 'PT1S' } };
  return {
    kind: kinds.scheduledSession, meta: { uuid: uuidOf(site, 1), url: `${urlOf(site)}/sessions/${uuidOf(site, 1)}`, name: 'bench', created: formatInstant(Date.now()) }, phase: 'OFFERED', expires: formatInstant(Date.now() + 300_000), schedule,
    executable: { kind: kinds.dockerContainer, meta: {}, image: { locations: ['ghcr.io/org/app:1'] } }, compute: { kind: kinds.simpleCompute, cores: { min: cores, max: cores }, memory: { min: 1, max: 1 } },
    costs: [{ kind: kinds.floatCost, type: 'urn:x:monetary', min: 0.1, max: 0.5 }], connectors: [],
  };
}

function uuidOf(site: number, offer: number): string {
  return `00000000-0000-4000-8000-${site.toString(16).padStart(10, '0')}${offer.toString(16).padStart(2, '0')}`;
}

/** By its own name, which an aggregator has to hide. */
function urlOf(site: number): string {
  return `http://127.1.${Math.floor(site / 250)}.${(site % 250) + 1}:${(server.address() as AddressInfo).port}`;
}

function answer(site: number, { path, body }: LightCall): string {
  if (path === '/digest') return digests[site] ?? '{}';
  if (path.startsWith('/slowest/')) return JSON.stringify(slowest.get(path.slice(9)) ?? 0);
  if (path !== '/requests') return JSON.stringify(offerAt(site, start, 1)).replace('OFFERED', 'REJECTED');
  const key = `${site} ${body}`;
  const known = answers.get(key);
  if (known && known.until > Date.now()) return known.text;
  const wish = JSON.parse(body) as { compute?: { cores?: { min?: number } }; schedule?: { requested?: { start?: string } } };
  const offer = offerOf(site, wish.compute?.cores?.min ?? 1, wish.schedule?.requested?.start);
  const text = JSON.stringify({ kind: kinds.offerSet, meta: { uuid: uuidOf(site, 0), url: `${urlOf(site)}/offersets/${uuidOf(site, 0)}`, created: formatInstant(Date.now()) }, result: offer ? 'YES' : 'NO', offers: offer ? [offer] : [] });
  // Not all of them anew at once: that would hold up one ask in so many seconds.
  answers.set(key, { text, until: Date.now() + 10_000 + random() * 15_000 });
  return text;
}

/** The same question has the same answer for some seconds: it is the aggregator that is measured, not its members. */
const answers = new Map<string, { readonly text: string; readonly until: number }>();

const server = lightServer((call, send) => {
  const begin = performance.now();
  const [, , high = '0', low = '0'] = call.host.split('.');
  const text = answer(Number(high) * 250 + Number(low) - 1, call);
  const sendNow = (): void => {
    if (call.requestId !== '') slowest.set(call.requestId, Math.max(slowest.get(call.requestId) ?? 0, performance.now() - begin));
    send(text);
  };
  if (call.path === '/requests' && medianDelay > 0) setTimeout(sendNow, medianDelay * Math.exp(0.5 * normal()));
  else sendNow();
});
server.listen({ port: 0, host: '0.0.0.0', backlog: 4096 }, () => { process.stdout.write(`${(server.address() as AddressInfo).port}\n`); });
