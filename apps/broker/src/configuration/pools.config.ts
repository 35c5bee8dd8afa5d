/** What the configuration says of pools with owners. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { PoolId } from '#model';
import type { DividedPool, Pledge } from '#node';
import { whoSchema } from '#plugin-sdk';
import { lengthOf } from '#runtime';

const closed = { additionalProperties: false } as const;
const amounts = (description: string) => Type.Record(Type.String({ minLength: 1 }), Type.Integer({ minimum: 0 }), { minProperties: 1, description });
const length = (description: string) => Type.String({ format: 'iso-duration', pattern: '[1-9]', description });

const pledge = Type.Object({
  name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,40}$', description: 'unique; policies are bound to it by pool: NAME' }),
  amounts: amounts('what the owners were pledged; a resource that no pledge names is not divided'),
  who: Type.Optional(Type.Array(whoSchema, { description: 'who may draw; default: everybody' })),
  perUser: Type.Optional(amounts('most that one requester has of it at any moment')),
  perGroup: Type.Optional(Type.Record(Type.String({ minLength: 1 }), amounts('most that the members of the group have of it together'))),
  lend: Type.Optional(Type.Object({
    to: Type.Array(Type.String(), { minItems: 1, description: 'pledges whose drawers may borrow what is free' }),
    keep: Type.Optional(amounts('stays for the owners, whatever is free')),
    longest: length('longest run on a loan; the owners have all of it back within ahead and longest together'),
    ahead: length('a loan begins at most so long from now'),
  }, closed)),
  fairShare: Type.Optional(Type.Object({
    period: length('how far back use is counted'),
    reserve: amounts('left free by who used more than the mean of all users'),
  }, closed)),
}, closed);

export const poolsSchema = Type.Array(Type.Object({
  divide: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}/.+$', description: 'the pool that is divided, as eb capacity shows it' }),
  pledges: Type.Array(pledge, { minItems: 1, 'x-unique-by': 'name', description: 'its owners, in the order in which they are drawn on' }),
}, closed), { default: [], 'x-unique-by': 'divide', description: 'pools with owners; see docs/policies.md' });

export type PoolsConfig = Static<typeof poolsSchema>;

export function dividedPoolsOf(config: PoolsConfig): readonly DividedPool[] {
  return config.map(({ divide, pledges }) => ({ pool: divide as PoolId, pledges: pledges.map(pledgeOf) }));
}

function pledgeOf({ name, amounts: pledged, who = [], perUser, perGroup, lend, fairShare }: PoolsConfig[number]['pledges'][number]): Pledge {
  return {
    name, amounts: pledged, who, ...(perUser ? { perUser } : {}), ...(perGroup ? { perGroup } : {}),
    ...(lend ? { lending: { to: lend.to, keep: lend.keep ?? {}, longest: lengthOf(lend.longest), ahead: lengthOf(lend.ahead) } } : {}),
    ...(fairShare ? { fairShare: { period: lengthOf(fairShare.period), reserve: fairShare.reserve } } : {}),
  };
}

/** Names that lead nowhere: each with its path, what is wrong, and the fix. */
export function poolFaults(config: PoolsConfig): readonly { readonly path: string; readonly fault: string; readonly fix: string }[] {
  const names = config.flatMap(({ pledges }) => pledges.map(({ name }) => name));
  return config.flatMap(({ pledges }, at) => pledges.flatMap(({ name, lend }, index) => {
    const path = `pools[${at}].pledges[${index}]`;
    const own = pledges.map((one) => one.name);
    const strangers = (lend?.to ?? []).filter((one) => !own.includes(one) || one === name);
    return [
      ...(names.indexOf(name) === names.lastIndexOf(name) ? [] : [{ path: `${path}.name`, fault: `'${name}' is there twice`, fix: 'give every pledge a name of its own' }]),
      ...strangers.map((one) => ({ path: `${path}.lend.to`, fault: `'${one}' is no other pledge of this pool`, fix: `write one of ${own.filter((other) => other !== name).join(', ')}` })),
    ];
  }));
}
