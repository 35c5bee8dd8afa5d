/** The words of an expression, and their types: https://cel.dev, as @marcbachmann/cel-js reads it. */
import { Environment } from '@marcbachmann/cel-js';
import { Duration } from '@marcbachmann/cel-js/evaluator';
import type { DataResource, Requester, Resources } from '#model';
import { realmOf } from '#model';
import type { Ask } from '#plugin-sdk';


class Asker {
  readonly id: string;
  readonly realm: string;
  readonly groups: readonly string[];
  readonly scopes: readonly string[];
  readonly roles: readonly string[];

  constructor(requester: Requester) {
    this.id = requester.id;
    this.realm = realmOf(requester);
    this.groups = requester.groups;
    this.scopes = requester.scopes ?? [];
    this.roles = requester.roles;
  }
}

class Asked {
  readonly kind: string;
  readonly images: readonly string[];
  readonly data: readonly string[];
  readonly min: Amounts;
  readonly max: Amounts;
  readonly shortest: Duration;
  readonly longest: Duration;

  constructor({ request: { executable, data = [] }, need, duration }: Ask) {
    this.kind = executable?.kind ?? '';
    this.images = executable?.image?.locations ?? [];
    this.data = data.map(({ location, endpoint }: DataResource) => location ?? endpoint ?? '');
    this.min = amountsOf(need.min);
    this.max = amountsOf(need.max);
    this.shortest = Duration.fromMilliseconds(duration.min);
    this.longest = Duration.fromMilliseconds(duration.max);
  }
}

type Amounts = Readonly<Record<string, bigint>>;

const timestamp = 'google.protobuf.Timestamp';
const length = 'google.protobuf.Duration';
const texts = 'list<string>';
const amounts = 'map<string, int>';

/** Variables: what they are, for documents and for whoever writes rules. */
export const environment: Environment = new Environment({ limits: { maxAstNodes: 1_000, maxDepth: 40, maxListElements: 200, maxMapEntries: 100, maxCallArguments: 8 } })
  .registerType('Requester', { ctor: Asker, fields: { id: 'string', realm: 'string', groups: texts, scopes: texts, roles: texts } })
  .registerType('Request', { ctor: Asked, fields: { kind: 'string', images: texts, data: texts, min: amounts, max: amounts, shortest: length, longest: length } })
  .registerVariable('requester', 'Requester')
  .registerVariable('request', 'Request')
  .registerVariable('pool', 'string')
  .registerVariable('moment', 'string')
  .registerVariable('now', timestamp)
  .registerVariable('earliest', timestamp)
  .registerVariable('latest', timestamp)
  .registerFunction('amount(map<string, int>, string): int', (all: Amounts, name: string) => (Object.hasOwn(all, name) ? all[name] : 0n));

/** Longest text, and most names of a list, that an expression is given: its cost is bounded by these. */
export const longestText = 512;
export const mostNames = 256;

/** Throws RangeError for a request that is too large to be judged within bounds. */
export function variablesOf(ask: Ask, now: number): Readonly<Record<string, unknown>> {
  const { requester, window, pool = '', moment } = ask;
  const [asker, request] = [new Asker(requester), new Asked(ask)];
  for (const list of [asker.groups, asker.scopes, asker.roles, request.images, request.data]) requireBounded(list);
  return {
    requester: asker, request, pool, moment,
    now: new Date(now), earliest: new Date(window.start), latest: new Date(window.end),
  };
}

function requireBounded(list: readonly string[]): void {
  if (list.length > mostNames) throw new RangeError(`more than ${mostNames} groups, scopes, images or data resources`);
  if (list.some((text) => text.length > longestText)) throw new RangeError(`a name of more than ${longestText} characters`);
}

function amountsOf(of: Resources): Amounts {
  return Object.fromEntries(Object.entries(of).map(([name, amount]) => [name, BigInt(Math.trunc(amount))]));
}
