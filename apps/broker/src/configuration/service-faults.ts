/** Sections of data may name only services that tokens can be had for. */
import type { IdentityFault } from '#access';
import type { NodeConfig } from './broker.config.js';

export function serviceFaults({ access, data }: NodeConfig): readonly IdentityFault[] {
  const names = (access.delegate?.services ?? []).map(({ name }) => name);
  const fix = names.length > 0 ? `write one of ${names.join(', ')}` : 'add it to access.delegate.services';
  return data.flatMap((entry, index) => servicesIn(entry).flatMap((service, place) => (service === undefined || names.includes(service) ? []
    : [{ path: `data[${index}].tokens[${place}].service`, fault: `'${service}' is no service of access.delegate`, fix }])));
}

/** What is no text is the resolver's own check to tell. */
function servicesIn(entry: object): readonly (string | undefined)[] {
  const { tokens } = entry as { readonly tokens?: unknown };
  return Array.isArray(tokens) ? tokens.map((one: { readonly service?: unknown } | null) => (typeof one?.service === 'string' ? one.service : undefined)) : [];
}
