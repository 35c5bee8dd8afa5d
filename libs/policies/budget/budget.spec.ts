import { expect, it } from 'vitest';
import { parseInstant } from '#model';
import { anAsk, policyContract, rememberingLog } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { budgetPolicy } from './index.js';

const clock = HandClock.at('2030-06-03T08:00:00Z');
const year = { name: 'year', amount: 10, from: '2030-01-01T00:00:00Z', until: '2031-01-01T00:00:00Z' };
const config = { budgets: [year, { name: 'month', groups: ['x'], per: 'user', amount: 1, period: 'P30D' }] };
const at = (text: string): number => { const parsed = parseInstant(text); return parsed.ok ? parsed.value : NaN; };

policyContract({
  name: 'budget', plugin: budgetPolicy, clock, config,
  badConfigs: [
    { raw: { budgets: [{ name: 'a', amount: 1 }] }, path: 'budgets[0].from' }, { raw: { budgets: [{ ...year, period: 'P1D' }] }, path: 'budgets[0].period' },
    { raw: { budgets: [{ ...year, until: '2029-01-01T00:00:00Z' }] }, path: 'budgets[0].until' }, { raw: { budgets: [{ ...year, until: 'soon' }] }, path: 'budgets[0].until' },
    { raw: { budgets: [year, year] }, path: 'budgets[1].name' }, { raw: { budgets: [{ ...year, amount: 0 }] }, path: 'budgets.0.amount' },
  ],
  asks: [
    { title: 'a run within the time of the budget is charged', ask: anAsk(), verdict: 'allow' },
    { title: 'a run that could end after it is kept inside', ask: anAsk({ window: { start: at('2030-12-31T00:00:00Z'), end: at('2031-01-02T00:00:00Z') } }), verdict: 'limit' },
  ],
});

it('a budget counts from its beginning, one of a period for its length', () => {
  const policy = budgetPolicy.create(budgetPolicy.parseConfig(config), { clock, log: rememberingLog([]), fetch });
  expect(policy.memory).toBe(clock.now() - at('2030-01-01T00:00:00Z'));
});
