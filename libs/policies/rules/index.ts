import type { Milliseconds, Reason, Resources } from '#model';
import { reason } from '#model';
import type { Ask, Policy, PolicyPlugin, Verdict } from '#plugin-sdk';
import type { Rule, RulesConfig } from './config.js';
import { parseRules, rulesSchema } from './config.js';
import { variablesOf } from './environment.js';

export type { RulesConfig } from './config.js';

/** Expressions in CEL over requester, request, pool and time; see README.md. */
export const rulesPolicy: PolicyPlugin<RulesConfig> = {
  name: 'rules',
  schema: rulesSchema,
  parseConfig: parseRules,
  create: (config, { clock }): Policy => ({ judge: (ask) => Promise.resolve(judge(ask, config, clock.now())) }),
};

function judge(ask: Ask, { rules, isOpen }: RulesConfig, now: number): Verdict {
  const variables = variablesOf(ask, now);
  const applying: Rule[] = [];
  for (const rule of rules) {
    try {
      if (rule.isTrue(variables) === true) applying.push(rule);
    } catch (error) {
      const why = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
      return { kind: 'deny', reason: reason('rule-failed', 'rule {rule} can not judge this request, so it is denied: {why}', { rule: rule.name, why }, { level: 'ERROR' }) };
    }
  }
  return verdictOf(applying, isOpen);
}

/** All rules that apply, whatever their order: a denial denies, limits intersect, all of them are told. */
function verdictOf(applying: readonly Rule[], isOpen: boolean): Verdict {
  const of = (then: Rule['then']): readonly Rule[] => applying.filter((rule) => rule.then === then);
  const facts = { applying: applying.map(({ name, then }) => `${name}: ${then}`) };
  const denials = of('deny').map((rule) => reasonOf(rule, 'does not allow this'));
  const [denial, ...more] = !isOpen && of('allow').length === 0 ? [...denials, reason('rules', 'no rule of this node allows this')] : denials;
  if (denial) return { kind: 'deny', reason: denial, others: more, facts };
  const warnings = of('warn').map((rule) => reasonOf(rule, 'applies'));
  const limits = of('limit');
  const [first, ...others] = limits.map((rule) => reasonOf(rule, 'limits this'));
  if (first) return { kind: 'limit', reason: first, others, warnings, facts, ...smallest(limits) };
  const [warning, ...further] = warnings;
  return warning ? { kind: 'warn', reason: warning, others: further, facts } : { kind: 'allow', facts };
}

function smallest(limits: readonly Rule[]): { resources?: Resources; longest?: Milliseconds } {
  const names = new Set(limits.flatMap((rule) => Object.keys(rule.most ?? {})));
  const resources = Object.fromEntries([...names].map((name) => [name, Math.min(...limits.map((rule) => rule.most?.[name] ?? Infinity))]));
  const longest = Math.min(...limits.map((rule) => rule.longest ?? Infinity));
  return { ...(names.size > 0 ? { resources } : {}), ...(Number.isFinite(longest) ? { longest } : {}) };
}

function reasonOf({ name, say }: Rule, otherwise: string): Reason {
  return say === undefined ? reason('rules', 'rule {rule} {does}', { rule: name, does: otherwise }) : reason('rules', '{say} (rule {rule})', { rule: name, say });
}
