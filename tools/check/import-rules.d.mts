import type { ICruiseOptions, IForbiddenRuleType } from 'dependency-cruiser';

export const importRules: readonly IForbiddenRuleType[];
export const cruiseOptions: ICruiseOptions;
