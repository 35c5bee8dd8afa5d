/** `eb policy test FILE` and `eb policy try --config FILE`: the rules of a configuration, tried without a node. */
import { randomUUID } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { localRealm, parseInstant, reasonText } from '#model';
import type { ExecutionRequest, Instant, PolicyTrial, Requester, RequesterId, Role } from '#model';
import { tryPolicies } from '#node';
import { openConfiguration, silentLog, systemClock } from '#runtime';
import type { Checked, ConfigurationFault, Environment } from '#runtime';
import { composePolicies } from '../composing/compose-policies.js';
import { loadConfig } from '../configuration/load-config.js';
import type { LoadedConfig } from '../configuration/load-config.js';
import { settingsOf } from '../composing/node-settings.js';
import { dividedPoolsOf } from '../configuration/pools.config.js';

const closed = { additionalProperties: false } as const;
const texts = Type.Optional(Type.Array(Type.String()));
const somebody = Type.Object({
  id: Type.Optional(Type.String({ minLength: 1 })), realm: Type.Optional(Type.String({ minLength: 1 })), groups: texts, scopes: texts, roles: texts,
}, closed);
const verdict = Type.Union(['allow', 'warn', 'limit', 'deny'].map((word) => Type.Literal(word as 'allow' | 'warn' | 'limit' | 'deny')));

export const casesSchema = Type.Object({
  configuration: Type.String({ minLength: 1, description: 'configuration of the node whose policies are tried, from the folder of this file' }),
  now: Type.Optional(Type.String({ description: 'ISO 8601; when the cases take place; default: now' })),
  requesters: Type.Optional(Type.Record(Type.String(), somebody, { description: 'people of the cases, by a name' })),
  cases: Type.Array(Type.Object({
    name: Type.String({ minLength: 1 }),
    as: Type.Union([Type.String({ minLength: 1 }), somebody], { description: 'one of the requesters, or somebody described here' }),
    now: Type.Optional(Type.String({ description: 'ISO 8601; for this case' })),
    request: Type.Object({}, { additionalProperties: true, description: 'as it would be sent' }),
    expect: Type.Optional(verdict),
    pools: Type.Optional(Type.Record(Type.String(), verdict, { description: 'verdict of each pool with an owner' })),
    because: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: 'texts that the reasons have to contain' })),
  }, closed), { minItems: 1 }),
}, closed);

type Cases = Static<typeof casesSchema>;
type Case = Cases['cases'][number];
export type Somebody = Static<typeof somebody>;

/** `wrong`: what was expected and did not come; empty when the case holds. */
export interface CaseResult { readonly name: string; readonly wrong: readonly string[]; readonly trial: PolicyTrial }

/** Runs every case; the faults of the file or of its configuration, if it can't. */
export async function testPolicies(file: string, environment: Environment): Promise<Checked<readonly CaseResult[]>> {
  const opened = await openConfiguration(file, environment);
  if (!opened.ok) return opened;
  const read = await opened.value.check<Cases>(casesSchema);
  if (!read.ok) return read;
  const { configuration, requesters = {}, cases, now } = read.value;
  const loaded = await usable(resolve(dirname(file), configuration), environment);
  if (!loaded.ok) return loaded;
  const places = cases.map((one, index) => placeOf(one, { requesters, now, fault: (path, what, fix) => opened.value.faultAt(`cases[${index}].${path}`, what, fix) }));
  const faults = places.flatMap((place) => ('path' in place ? [place] : []));
  if (faults.length > 0) return { ok: false, faults };
  const results: CaseResult[] = [];
  for (const [index, one] of cases.entries()) results.push(await runCase(loaded.value, one, places[index] as Moment));
  return { ok: true, value: results };
}

interface Context { readonly requesters: NonNullable<Cases['requesters']>; readonly now: string | undefined; fault(path: string, what: string, fix: string): ConfigurationFault }

/** Who asks and when, or what is wrong with it. */
function placeOf({ as, now: own }: Case, { requesters, now, fault }: Context): Moment | ConfigurationFault {
  const who = typeof as === 'string' ? requesters[as] : as;
  if (!who) return fault('as', `'${as as string}' is none of the requesters`, `write one of ${Object.keys(requesters).join(', ')}`);
  const at = instantOf(own ?? now);
  if (at === undefined) return fault('now', 'is no instant', 'write for example 2030-06-03T08:00:00Z');
  return { requester: describe(who, typeof as === 'string' ? as : undefined), at };
}

/** What the policies of a configuration say of one request. */
export async function tryConfiguration(file: string, asked: { readonly as: Somebody; readonly name?: string; readonly request: ExecutionRequest }, environment: Environment): Promise<Checked<PolicyTrial>> {
  const loaded = await usable(file, environment);
  if (!loaded.ok) return loaded;
  return { ok: true, value: await trial(loaded.value, asked.request, { requester: describe(asked.as, asked.name), at: systemClock.now() }) };
}

/** A configuration with a fault in its policies would deny everything; better to say so. */
async function usable(file: string, environment: Environment): Promise<Checked<LoadedConfig>> {
  const loaded = await loadConfig(file, environment);
  if (!loaded.ok || loaded.value.brokenPolicies.length === 0) return loaded;
  return { ok: false, faults: loaded.value.pluginFaults };
}

interface Moment { readonly requester: Requester; readonly at: Instant }

async function runCase(loaded: LoadedConfig, { name, request, expect, pools = {}, because = [] }: Case, moment: Moment): Promise<CaseResult> {
  const found = await trial(loaded, request as ExecutionRequest, moment);
  const told = [...found.reasons, ...found.verdicts.flatMap(({ reasons }) => reasons)].map(reasonText);
  const wrong = [
    ...(expect === undefined || expect === found.result ? [] : [`expected ${expect}, got ${found.result}`]),
    ...Object.entries(pools).filter(([pool, word]) => found.pools[pool] !== word).map(([pool, word]) => `expected pool ${pool} to ${word}, got ${found.pools[pool] ?? 'no such pool'}`),
    ...because.filter((text) => !told.some((one) => one.includes(text))).map((text) => `no reason says '${text}'`),
  ];
  return { name, wrong, trial: found };
}

function trial(loaded: LoadedConfig, request: ExecutionRequest, { requester, at }: Moment): Promise<PolicyTrial> {
  const clock = { now: () => at, sleep: systemClock.sleep.bind(systemClock) };
  const { policies, version } = composePolicies(loaded, { clock, log: silentLog });
  const dividedPools = dividedPoolsOf(loaded.config.pools);
  return tryPolicies({ settings: settingsOf(loaded.config), policies, policyVersion: version, dividedPools, now: clock.now, newUuid: randomUUID }, request, requester);
}

function describe({ id, realm = localRealm, groups = [], scopes, roles = ['user'] }: Somebody, name = 'somebody'): Requester {
  const own = id ?? `${realm}:${name}`;
  return { id: own as RequesterId, name, realm, groups, roles: roles as Role[], ...(scopes ? { scopes } : {}) };
}

function instantOf(text: string | undefined): Instant | undefined {
  if (text === undefined) return systemClock.now();
  const parsed = parseInstant(text);
  return parsed.ok ? parsed.value : undefined;
}
