/** The configuration file → a checked configuration, or every fault with line, fault and fix. */
import { identityFaults } from '#access';
import { httpFaults } from '#http-api';
import { openConfiguration, parseConfiguration } from '#runtime';
import type { Checked, Configuration, Environment } from '#runtime';
import { aggregatorConfigSchema } from './aggregator.config.js';
import type { AggregatorConfig } from './aggregator.config.js';
import type { ChosenCredentials, CredentialsConfig } from './members/members.config.js';
import { readRanking } from './ranking/read-ranking.js';
import type { ConfiguredRanking } from './ranking/read-ranking.js';

/** `rankingPlugin`: where one is configured. */
export interface LoadedConfig extends AggregatorConfig { readonly rankingPlugin?: ConfiguredRanking }

export async function loadConfig(file: string, environment: Environment): Promise<Checked<LoadedConfig>> {
  return check(await openConfiguration(file, environment));
}

/** The same from text, for tests. */
export function loadConfigText(text: string, environment: Environment): Promise<Checked<LoadedConfig>> {
  return check(parseConfiguration(text, 'configuration', environment));
}

async function check(opened: Checked<Configuration>): Promise<Checked<LoadedConfig>> {
  if (!opened.ok) return opened;
  const file = opened.value;
  const checked = await file.check<AggregatorConfig>(aggregatorConfigSchema);
  if (!checked.ok) return checked;
  const faults = [...faultsOf(checked.value), ...identityFaults(checked.value.access)];
  const ranking = await readRanking(file, checked.value.federation.ranking);
  const wrong = [...faults.map(({ path, fault, fix }) => file.faultAt(path, fault, fix)), ...(ranking.ok ? [] : ranking.faults)];
  if (wrong.length > 0 || !ranking.ok) return { ok: false, faults: wrong };
  return { ok: true, value: { ...checked.value, ...(ranking.value ? { rankingPlugin: ranking.value } : {}) } };
}

interface Fault { readonly path: string; readonly fault: string; readonly fix: string }

/** What a schema can't say. */
function faultsOf(config: AggregatorConfig): readonly Fault[] {
  const { members, registers, credentials } = config;
  return [
    ...httpFaults(config.http),
    ...repeated('members', 'name', members.map((one) => one.name)), ...repeated('registers', 'url', registers.map((one) => one.url)),
    ...Object.entries(credentials).flatMap(([name, one]) => clientFaults(`credentials.${name}`, one)),
    ...members.flatMap((one, index) => credentialFaults(`members[${index}].credentials`, one.credentials, credentials)),
    ...registers.flatMap((one, index) => [
      ...credentialFaults(`registers[${index}].identity`, one.identity, credentials), ...credentialFaults(`registers[${index}].members.credentials`, one.members.credentials, credentials),
    ]),
  ];
}

function repeated(list: string, key: string, values: readonly string[]): readonly Fault[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [{ path: `${list}[${index}].${key}`, fault: `the ${key} '${value}' is there twice`, fix: `give each entry a ${key} of its own` }] : []));
}

function credentialFaults(path: string, chosen: ChosenCredentials | undefined, named: AggregatorConfig['credentials']): readonly Fault[] {
  if (chosen === undefined) return [];
  if (typeof chosen !== 'string') return clientFaults(path, chosen);
  return Object.hasOwn(named, chosen) ? [] : [{ path, fault: `there are no credentials called '${chosen}'`, fix: `name one of ${Object.keys(named).join(', ') || 'them under credentials'}` }];
}

function clientFaults(path: string, credentials: CredentialsConfig): readonly Fault[] {
  const [kind, client] = 'clientCredentials' in credentials ? ['clientCredentials', credentials.clientCredentials] : 'exchange' in credentials ? ['exchange', credentials.exchange] : [];
  if (!kind || !client || (client.issuer === undefined) !== (client.tokenUrl === undefined)) return [];
  return [{ path: `${path}.${kind}`, fault: 'it must be known where tokens are given out', fix: 'write either issuer or tokenUrl' }];
}
