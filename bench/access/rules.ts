/** What a set of 200 rules in CEL costs each ask. */
import process from 'node:process';
import { rulesPolicy } from '#policies/rules';
import { silentLog, systemClock } from '#runtime';
import type { Measure } from '../measure.js';

const rules = Array.from({ length: 200 }, (_, index) => ({
  name: `rule-${index}`, then: 'deny',
  when: `amount(request.max, "cores") > ${64 + index} && !("project-${index}" in requester.groups) && requester.realm == "bench"`,
}));

export async function manyRules(times: number): Promise<Measure> {
  const policy = rulesPolicy.create(rulesPolicy.parseConfig({ rules }), { clock: systemClock, log: silentLog, fetch });
  const now = systemClock.now();
  const groups = Array.from({ length: 20 }, (_, index) => `group-${index}`);
  const amounts = { cores: 65, memory: 4 };
  const ask = {
    requester: { id: 'bench:ada', name: 'ada', realm: 'bench', roles: ['user'], groups }, request: { executable: { kind: 'urn:execution-broker:kind:executable:scripted' } },
    need: { min: amounts, max: amounts }, duration: { min: 3_600_000, max: 3_600_000 }, window: { start: now, end: now + 86_400_000 }, moment: 'offer',
  } as unknown as Parameters<NonNullable<typeof policy.judge>>[0];
  for (let time = 0; time < 500; time += 1) await policy.judge?.(ask);
  // Time of the processor: others who use the machine meanwhile are not counted.
  const began = process.cpuUsage();
  for (let time = 0; time < times; time += 1) await policy.judge?.(ask);
  const { user, system } = process.cpuUsage(began);
  const value = (user + system) / times;
  return { name: 'cel-200-rules-us', value, unit: 'µs', goal: '<= 200', holds: value <= 200 };
}
