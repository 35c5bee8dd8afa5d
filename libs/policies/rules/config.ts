import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { ParseResult } from '@marcbachmann/cel-js';
import type { Milliseconds, Resources } from '#model';
import { parseDuration } from '#model';
import { ConfigFault } from '#plugin-sdk';
import { whyTooDear } from './cost.js';
import { environment } from './environment.js';

const closed = { additionalProperties: false } as const;
const effects = ['allow', 'warn', 'limit', 'deny'] as const;

export const rulesSchema = Type.Object({
  rules: Type.Array(Type.Object({
    name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$', description: 'shown in reasons and explanations' }),
    when: Type.String({ minLength: 1, maxLength: 4_000, description: 'CEL expression that is true or false' }),
    then: Type.Union(effects.map((one) => Type.Literal(one)), { description: 'what follows when it is true' }),
    say: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'told to the requester' })),
    most: Type.Optional(Type.Record(Type.String(), Type.Integer({ minimum: 0 }), { description: 'of limit: most of each resource' })),
    longest: Type.Optional(Type.String({ pattern: '^P', description: 'of limit: longest run, ISO 8601' })),
  }, closed), { minItems: 1, maxItems: 1_000 }),
  default: Type.Optional(Type.Union([Type.Literal('allow'), Type.Literal('deny')], { description: 'deny: at least one rule has to allow; default allow' })),
}, closed);

export interface Rule {
  readonly name: string;
  readonly then: (typeof effects)[number];
  readonly say: string | undefined;
  readonly most: Resources | undefined;
  readonly longest: Milliseconds | undefined;
  readonly isTrue: ParseResult;
}
export interface RulesConfig { readonly rules: readonly Rule[]; readonly isOpen: boolean }

type RawRule = Static<typeof rulesSchema>['rules'][number];

/** Compiles and checks every expression: types, and the steps that it can take. */
export function parseRules(raw: unknown): RulesConfig {
  const { rules, default: otherwise = 'allow' } = raw as Static<typeof rulesSchema>;
  const names = new Set<string>();
  const compiled = rules.map((rule, index) => {
    if (names.has(rule.name)) throw new ConfigFault(`rules[${index}].name`, `'${rule.name}' is there twice`, 'give each rule a name of its own');
    names.add(rule.name);
    return readRule(rule, `rules[${index}]`);
  });
  if (otherwise === 'deny' && !compiled.some(({ then }) => then === 'allow')) throw new ConfigFault('default', 'denies everything, as no rule allows anything', 'add a rule with then: allow');
  return { rules: compiled, isOpen: otherwise === 'allow' };
}

function readRule({ name, when, then, say, most, longest }: RawRule, path: string): Rule {
  const limits = most !== undefined || longest !== undefined;
  if (then === 'limit' && !limits) throw new ConfigFault(`${path}.then`, 'limits nothing', 'add most or longest');
  if (then !== 'limit' && limits) throw new ConfigFault(`${path}.then`, `is ${then}, but the rule has limits`, 'write then: limit, or leave most and longest out');
  return { name, then, say, most, longest: lengthOf(longest, `${path}.longest`), isTrue: compile(when, `${path}.when`) };
}

function compile(text: string, path: string): ParseResult {
  let parsed: ParseResult;
  try {
    parsed = environment.parse(text);
  } catch (error) {
    throw new ConfigFault(path, firstLine(error), 'see libs/policies/rules/README.md for what can be written');
  }
  const { valid, type, error } = parsed.check();
  if (!valid) throw new ConfigFault(path, firstLine(error), 'see libs/policies/rules/README.md for the variables and their types');
  if (type !== 'bool') throw new ConfigFault(path, `is ${type ?? 'something'}, not true or false`, 'compare it with something');
  const tooDear = whyTooDear(parsed.ast);
  if (tooDear !== undefined) throw new ConfigFault(path, tooDear, 'write it in a simpler way, or as several rules');
  return parsed;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

function lengthOf(text: string | undefined, path: string): Milliseconds | undefined {
  if (text === undefined) return undefined;
  const parsed = parseDuration(text, 0);
  if (parsed.ok && parsed.value > 0) return parsed.value;
  throw new ConfigFault(path, parsed.ok ? 'is zero' : parsed.fault, 'write for example PT12H');
}
