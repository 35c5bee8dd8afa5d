import type { IdentityConfig } from '../access.config.js';
import type { IdentityFault } from '../identity/identity-faults.js';
import { isSafeAddress } from '../oidc/fetch-document.js';
import type { DelegateConfig } from './delegation.config.js';
import { keyOf, Seal } from './seal.js';
import { TokenDelegations } from './token-delegations.js';
import type { DelegationParts } from './token-delegations.js';
import { TokenService } from './token-service.js';

interface Config { readonly delegate?: DelegateConfig; readonly issuers: IdentityConfig['issuers'] }

/** Undefined where nothing is delegated. */
export function openDelegations({ delegate, issuers }: Config, around: Omit<DelegationParts, 'services' | 'seal'>): TokenDelegations | undefined {
  if (!delegate) return undefined;
  const seal = new Seal(delegate.keys.flatMap(({ id, key }) => {
    const bytes = keyOf(key as string);
    return bytes ? [{ id, key: bytes }] : [];
  }));
  const services = new Map(delegate.services.map(({ name, realm, clientSecret, ...more }) => {
    const issuer = issuers.find((one) => one.realm === realm)?.issuer ?? '';
    return [name, { realm, tokens: new TokenService({ ...more, issuer, clientSecret: clientSecret as string }, around.clock) }] as const;
  }));
  return new TokenDelegations({ ...around, seal, services });
}

/** What the schema can't say of it, with places below the whole configuration. */
export function delegationFaults({ delegate, issuers }: Config): readonly IdentityFault[] {
  const { keys = [], services = [] } = delegate ?? {};
  const twice = (list: string, what: string, values: readonly string[]): readonly IdentityFault[] => values.flatMap((value, index) => (values.indexOf(value) < index
    ? [{ path: `access.delegate.${list}[${index}].${what}`, fault: `'${value}' is there twice`, fix: `give each its own ${what}` }] : []));
  return [
    ...twice('keys', 'id', keys.map(({ id }) => id)),
    ...keys.flatMap(({ key }, index) => (keyOf(key as string) ? [] : [{ path: `access.delegate.keys[${index}].key`, fault: 'is not 32 bytes in base64', fix: 'make one by: openssl rand -base64 32' }])),
    ...twice('services', 'name', services.map(({ name }) => name)),
    ...services.flatMap(({ realm }, index) => (issuers.some((one) => one.realm === realm) ? [] : [{ path: `access.delegate.services[${index}].realm`, fault: `'${realm}' is the realm of no issuer`, fix: 'name the realm of one of access.issuers' }])),
    ...services.flatMap(({ tokenUrl }, index) => (tokenUrl === undefined || isSafeAddress(tokenUrl) ? [] : [{ path: `access.delegate.services[${index}].tokenUrl`, fault: `'${tokenUrl}' is not reached by https`, fix: 'write an https address; http is for this machine only' }])),
  ];
}
