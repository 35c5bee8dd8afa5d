/** The configuration file → a checked configuration, or every fault with line, fault and fix. */
import { openConfiguration, parseConfiguration } from '#runtime';
import type { Checked, Configuration, Environment } from '#runtime';
import { aggregatorConfigSchema } from './aggregator.config.js';
import type { AggregatorConfig } from './aggregator.config.js';

export async function loadConfig(file: string, environment: Environment): Promise<Checked<AggregatorConfig>> {
  return check(await openConfiguration(file, environment));
}

/** The same from text, for tests. */
export function loadConfigText(text: string, environment: Environment): Promise<Checked<AggregatorConfig>> {
  return check(parseConfiguration(text, 'configuration', environment));
}

async function check(opened: Checked<Configuration>): Promise<Checked<AggregatorConfig>> {
  if (!opened.ok) return opened;
  const file = opened.value;
  const checked = await file.check<AggregatorConfig>(aggregatorConfigSchema);
  if (!checked.ok) return checked;
  const names = checked.value.members.map((one) => one.name);
  const twice = names.findIndex((name, index) => names.indexOf(name) < index);
  if (twice < 0) return checked;
  return { ok: false, faults: [file.faultAt(`members[${twice}].name`, `the name '${names[twice] ?? ''}' is there twice`, 'give each member a name of its own')] };
}
