import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { Instant, Milliseconds } from '#model';
import { formatInstant, parseDuration, parseInstant, reason } from '#model';
import type { Ask, Charge, Policy, PolicyPlugin, Verdict, Who } from '#plugin-sdk';
import { ConfigFault, isMeant, whoProperties } from '#plugin-sdk';

const closed = { additionalProperties: false } as const;
const instant = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));

export const budgetSchema = Type.Object({
  budgets: Type.Array(Type.Object({
    name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,40}$', description: 'names the account; what was spent is forgotten with another name' }),
    ...whoProperties,
    per: Type.Optional(Type.Union([Type.Literal('user'), Type.Literal('all')], { description: 'for each requester, or for all who are meant together (default)' })),
    amount: Type.Number({ exclusiveMinimum: 0, maximum: 1e9, description: 'money, in the currency of the costs' }),
    from: instant('ISO 8601: runs from then on are paid from it; with until'),
    until: instant('ISO 8601: runs until then'),
    period: Type.Optional(Type.String({ pattern: '^P', description: 'instead of from and until: within any period of this length' })),
  }, closed), { minItems: 1 }),
}, closed);

type RawBudget = Static<typeof budgetSchema>['budgets'][number];
export interface Budget { readonly name: string; readonly who: Who; readonly per: 'user' | 'all'; readonly limit: Charge['limits'][number]; readonly reach: Reach }
/** How far back money is counted: a length of time, or since an instant. */
type Reach = { readonly length: Milliseconds } | { readonly since: Instant };
export interface BudgetConfig { readonly budgets: readonly Budget[] }

/** Money for sessions: taken when an offer is made, kept by the acceptance, given back for what was not used. See README.md. */
export const budgetPolicy: PolicyPlugin<BudgetConfig> = {
  name: 'budget',
  schema: budgetSchema,
  parseConfig(raw) {
    const { budgets } = raw as Static<typeof budgetSchema>;
    const names = budgets.map(({ name }) => name);
    return { budgets: budgets.map((one, index) => {
      if (names.indexOf(one.name) !== index) throw new ConfigFault(`budgets[${index}].name`, `'${one.name}' is there twice`, 'give each a name of its own');
      return readBudget(one, `budgets[${index}]`);
    }) };
  },
  create: ({ budgets }, { clock }): Policy => ({
    memory: Math.max(...budgets.map(({ reach }) => ('length' in reach ? reach.length : Math.max(0, clock.now() - reach.since)))),
    judge: (ask) => Promise.resolve(judge(ask, budgets)),
  }),
};

function readBudget({ name, per = 'all', amount, from, until, period, ...who }: RawBudget, path: string): Budget {
  const most = { money: amount };
  if (period !== undefined) {
    if (from !== undefined || until !== undefined) throw new ConfigFault(`${path}.period`, 'is there beside from or until', 'write a period, or from and until');
    const parsed = parseDuration(period, 0);
    if (!parsed.ok || parsed.value <= 0) throw new ConfigFault(`${path}.period`, parsed.ok ? 'is zero' : parsed.fault, 'write for example P30D');
    return { name, who, per, limit: { kind: 'sliding', length: parsed.value, most }, reach: { length: parsed.value } };
  }
  const interval = { start: instantOf(from, `${path}.from`), end: instantOf(until, `${path}.until`) };
  if (interval.start >= interval.end) throw new ConfigFault(`${path}.until`, 'is not after from', 'exchange them');
  return { name, who, per, limit: { kind: 'during', interval, most }, reach: { since: interval.start } };
}

function instantOf(text: string | undefined, path: string): Instant {
  const parsed = text === undefined ? undefined : parseInstant(text);
  if (parsed?.ok === true) return parsed.value;
  throw new ConfigFault(path, parsed?.fault ?? 'is missing', 'write an instant such as 2030-01-01T00:00:00Z, or a period instead');
}

function judge(ask: Ask, budgets: readonly Budget[]): Verdict {
  const own = budgets.filter(({ who }) => isMeant(who, ask.requester));
  const charges = own.map((budget) => chargeOf(budget, ask));
  const facts = { budgets: own.map(({ name }) => name) };
  const paid = own.flatMap(({ limit }) => (limit.kind === 'during' ? [limit.interval] : []));
  const run = { start: Math.max(...paid.map(({ start }) => start)), end: Math.min(...paid.map(({ end }) => end)) };
  if (run.start <= ask.window.start && ask.window.end <= run.end) return { kind: 'allow', charges, facts };
  const told = reason('budget', 'the budgets pay for runs from {from} until {until}', { from: formatInstant(run.start), until: formatInstant(run.end) }, { level: 'INFO' });
  return { kind: 'limit', reason: told, runs: run.start < run.end ? [run] : [], charges, facts };
}

function chargeOf({ name, per, limit }: Budget, { requester, pool }: Ask): Charge {
  const place = pool === undefined ? name : `${pool}/${name}`;
  const whose = per === 'user' ? 'your part of budget' : 'budget';
  return {
    account: `budget/${place}/${per === 'user' ? requester.id : 'all'}`, counts: 'money', limits: [limit],
    reason: reason('budget', '{whose} {budget} has {left} of {limit} left, {wanted} would be needed', { whose, budget: name }, { path: 'costs' }),
  };
}
