/** Extended resources as accelerators: which native resource a type is, and on which classes of nodes. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { AcceleratorType, Resources } from '#model';
import { acceleratorProperties, ConfigFault, readAccelerators } from '#plugin-sdk';

export const acceleratorSchema = Type.Object({
  ...acceleratorProperties,
  resource: Type.String({ pattern: '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?/[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$', description: 'extended resource, for example nvidia.com/gpu' }),
  pools: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description: 'classes of nodes whose resource of that name is of this type; all' })),
}, { additionalProperties: false });

/** Native name of an extended resource → what pools call it. */
export type Extended = ReadonlyMap<string, string>;

export interface ExtendedAccelerator extends AcceleratorType {
  readonly resource: string;
  /** Undefined: every class of nodes. */
  readonly pools: readonly string[] | undefined;
}

interface Given {
  /** Native name → word, for what needs no more than a name. */
  readonly resources?: Readonly<Record<string, string>>;
  readonly accelerators?: readonly Static<typeof acceleratorSchema>[];
  readonly pools: readonly { readonly name: string }[];
}

/** Throws ConfigFault. */
export function extendedAccelerators({ resources = {}, accelerators = [], pools }: Given): readonly ExtendedAccelerator[] {
  const named = Object.entries(resources).map(([resource, type]) => ({ type, resource }));
  const own = readAccelerators(accelerators).map((one, index) => ({ ...one, resource: accelerators[index]?.resource ?? '', pools: accelerators[index]?.pools }));
  own.forEach((one, index) => { requirePlaces(one, index, { pools, all: [...named, ...own.slice(0, index)] }); });
  return [...readAccelerators(named, 'resources').map((one, index) => ({ ...one, resource: named[index]?.resource ?? '', pools: undefined })), ...own];
}

type Placed = Pick<ExtendedAccelerator, 'type' | 'resource'> & { readonly pools?: readonly string[] | undefined };

function requirePlaces({ type, resource, pools: own }: Placed, index: number, { pools, all }: { readonly pools: Given['pools']; readonly all: readonly Placed[] }): void {
  const at = `accelerators.${index}`;
  const stranger = own?.find((name) => pools.every((pool) => pool.name !== name));
  if (stranger !== undefined) throw new ConfigFault(`${at}.pools`, `there is no pool '${stranger}'`, `write some of ${pools.map(({ name }) => name).join(', ')}`);
  if (all.some((other) => other.type === type)) throw new ConfigFault(`${at}.type`, `'${type}' is there twice`, 'leave it out of resources');
  const meets = (other: Placed): boolean => own === undefined || other.pools === undefined || other.pools.some((name) => own.includes(name));
  const other = all.find((one) => one.resource === resource && meets(one));
  if (other) throw new ConfigFault(`${at}.resource`, `'${resource}' of the same nodes is '${other.type}' already`, 'name the pools of each type');
}

/** Native name → type, on one class of nodes. */
export function extendedOf(pool: string, accelerators: readonly ExtendedAccelerator[]): Extended {
  return new Map(accelerators.filter(({ pools }) => pools === undefined || pools.includes(pool)).map(({ resource, type }) => [resource, type]));
}

/** A quota counts native resources: where several types are one, it has only the native name. */
export function quotaWord(name: string, accelerators: readonly ExtendedAccelerator[]): string {
  const resource = accelerators.find(({ type }) => type === name)?.resource;
  return resource !== undefined && accelerators.filter((one) => one.resource === resource).length > 1 ? resource : name;
}

export function extendedOfQuota(accelerators: readonly ExtendedAccelerator[]): Extended {
  return new Map(accelerators.map(({ resource, type }) => [resource, quotaWord(type, accelerators)]));
}

/** The amounts as a quota counts them. */
export function inQuota(amounts: Resources, accelerators: readonly ExtendedAccelerator[]): Resources {
  const counted: Record<string, number> = {};
  for (const [name, amount] of Object.entries(amounts)) counted[quotaWord(name, accelerators)] = (counted[quotaWord(name, accelerators)] ?? 0) + amount;
  return counted;
}
