/** Choosing among a thousand members by their digests, ten of which fit. */
import { chooseMembers, nobody, readDigest, termsOf } from '#federation';
import type { Member, MemberDigest } from '#federation';
import { formatInstant, kinds } from '#model';
import type { Measure } from '../measure.js';
import { aRequest } from './aggregate.js';

const hour = 3_600_000;
const steps = 7 * 24;
/** Rounds until V8 has compiled it. */
const warming = 50;

export function prune(rounds: number): Measure[] {
  const now = Date.now();
  const members = Array.from({ length: 1_000 }, (_, index): Member => ({ name: `m${index}`, url: `http://m${index}.test`, exposure: 'proxy', hiddenHosts: [], identify: nobody }));
  const digests = new Map(members.map((member, index) => [member, digestOf(now, index % 100 === 0)]));
  const request = { ...aRequest(8), schedule: { requested: { start: `${formatInstant(now)}/P6DT22H`, duration: 'PT2H' } } };
  const asking = { request, terms: termsOf(request, now), now, turn: 0 };
  const settings = { pruneFrom: 24, mostAsked: 20 };
  const times: number[] = [];
  let asked = 0;
  for (let round = -warming; round < rounds; round += 1) {
    const begin = performance.now();
    const { waves } = chooseMembers(members, (member) => digests.get(member), { ...asking, turn: warming + round }, settings);
    if (round >= 0) times.push(performance.now() - begin);
    asked = waves[0]?.length ?? 0;
  }
  const value = times.sort((a, b) => a - b)[Math.floor(0.99 * times.length)] ?? 0;
  return [
    { name: 'prune-1000-p99-ms', value, unit: 'ms', goal: '<= 5', holds: value <= 5 },
    { name: 'asked-when-10-fit', value: asked, unit: 'members', goal: '<= 20', holds: asked <= 20 },
  ];
}

/** Room for one hour now and then, and for longer on the last day of those that fit: the worst for a search, which looks at every hour. */
function digestOf(now: number, fits: boolean): MemberDigest {
  const start = Math.floor(now / hour) * hour;
  const cores = Array.from({ length: steps }, (_, index) => (index % 3 === 0 ? 12 : fits && index > steps - 8 ? 16 : 4));
  return readDigest({
    kinds: { executable: [kinds.dockerContainer], storage: [] }, longest: 'P7D', window: { start: formatInstant(start), end: formatInstant(start + steps * hour) }, step: 'PT1H',
    free: { cores }, isComplete: true,
  }, now);
}
