import type { Rule } from 'eslint';

export const explainSuppression: Rule.RuleModule;
