import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { IANAZone } from 'luxon';
import type { Kind, Milliseconds, ShortKind } from '#model';
import { kinds, parseDuration } from '#model';
import { ConfigFault } from '#plugin-sdk';
import { stretchOf } from './local-dates.js';
import type { LocalStretch } from './local-dates.js';
import type { LocalHours } from './local-hours.js';
import { dayNames } from './local-hours.js';

const closed = { additionalProperties: false } as const;
const time = (description: string) => Type.String({ pattern: '^(?:[01]\\d|2[0-3]):[0-5]\\d$|^24:00$', description });
const moment = (description: string) => Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}(?:T(?:[01]\\d|2[0-3]):[0-5]\\d)?$', description }));
const hours = {
  days: Type.Optional(Type.Array(Type.Union(dayNames.map((day) => Type.Literal(day))), { minItems: 1, uniqueItems: true, description: 'days on which the hours begin; default every day' })),
  from: time('local time of day, HH:MM'),
  to: time('local time of day, HH:MM; earlier than or equal to `from` means on the next day'),
  kinds: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description: 'kinds of executables it is for (interactive, docker-container, … or a URI); default all' })),
};

export const hoursSchema = Type.Object({
  zone: Type.String({ minLength: 1, description: 'IANA time zone, for example Europe/London' }),
  runs: Type.Optional(Type.Array(Type.Object(hours, closed), { description: 'when runs of these kinds may take place, from start to end' })),
  caps: Type.Optional(Type.Array(
    Type.Object({
      ...hours,
      most: Type.Record(Type.String(), Type.Integer({ minimum: 0 }), { minProperties: 1, description: 'most that one session may have in these hours' }),
      longest: Type.Optional(Type.String({ minLength: 1, description: 'ISO 8601: longest run that touches these hours' })),
    }, closed),
    { description: 'most that one session may have, by time of day' },
  )),
  blackouts: Type.Optional(Type.Array(
    Type.Object({
      on: moment('one day, YYYY-MM-DD; instead of from and to'),
      from: moment('first day, or YYYY-MM-DDTHH:MM of the zone'),
      to: moment('last day, or YYYY-MM-DDTHH:MM of the zone'),
      why: Type.String({ minLength: 1, maxLength: 200, description: 'told to those who ask for that time' }),
      kinds: hours.kinds,
    }, closed),
    { description: 'dates at which nothing runs' },
  )),
}, closed);

/** A rule with its kinds resolved to URIs; undefined: every kind. */
export interface HoursRule extends LocalHours { readonly kinds: readonly Kind[] | undefined }
/** `longest` is Infinity where the rule says nothing of it. */
export interface CapRule extends HoursRule { readonly most: Readonly<Record<string, number>>; readonly longest: Milliseconds }
export interface Blackout extends LocalStretch { readonly why: string; readonly kinds: readonly Kind[] | undefined }
export interface HoursConfig { readonly zone: string; readonly runs: readonly HoursRule[]; readonly caps: readonly CapRule[]; readonly blackouts: readonly Blackout[] }

type RawRule = Omit<NonNullable<Static<typeof hoursSchema>['caps']>[number], 'most' | 'longest'>;

/** Kinds whose users sit in front of them. */
const interactive: readonly Kind[] = [kinds.jupyterNotebook];

/** Reads what the schema has accepted; throws ConfigFault for an unknown zone or kind. */
export function parseHoursConfig(raw: unknown): HoursConfig {
  const { zone, runs = [], caps = [], blackouts = [] } = raw as Static<typeof hoursSchema>;
  if (!IANAZone.isValidZone(zone)) throw new ConfigFault('zone', `'${zone}' is not an IANA time zone`, 'write for example Europe/London');
  return {
    zone,
    runs: runs.map((rule, index) => readRule(rule, `runs[${index}]`)),
    caps: caps.map((rule, index) => ({ ...readRule(rule, `caps[${index}]`), most: rule.most, longest: lengthOf(rule.longest, `caps[${index}].longest`) })),
    blackouts: blackouts.map((one, index) => ({ ...stretchOf(one, `blackouts[${index}]`), why: one.why, kinds: kindsOf(one.kinds, `blackouts[${index}]`) })),
  };
}

function readRule(rule: RawRule, path: string): HoursRule {
  return { days: rule.days ?? dayNames, from: minutesOf(rule.from), to: minutesOf(rule.to), kinds: kindsOf(rule.kinds, path) };
}

function kindsOf(words: readonly string[] | undefined, path: string): readonly Kind[] | undefined {
  return words?.flatMap((word, index) => kindsFor(word, `${path}.kinds[${index}]`));
}

function lengthOf(text: string | undefined, path: string): Milliseconds {
  if (text === undefined) return Infinity;
  const parsed = parseDuration(text, 0);
  if (parsed.ok && parsed.value > 0) return parsed.value;
  throw new ConfigFault(path, `'${text}' is no length of a run`, 'write an ISO 8601 duration such as PT1H');
}

function minutesOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
}

function kindsFor(word: string, path: string): readonly Kind[] {
  if (word === 'interactive') return interactive;
  if (word.includes(':')) return [word];
  const short = word.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (Object.hasOwn(kinds, short)) return [kinds[short as ShortKind]];
  throw new ConfigFault(path, `'${word}' is not a known kind`, 'write interactive, docker-container, jupyter-notebook, local-process, scripted, or the URI of a kind');
}
