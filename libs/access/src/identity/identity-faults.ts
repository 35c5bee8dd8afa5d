/** What a schema can't say of the settings of identity: for the check of a configuration, before anything is opened. */
import { parseDuration } from '#model';
import type { Milliseconds } from '#model';
import type { IdentityConfig } from '../access.config.js';
import { isSafeAddress } from '../oidc/fetch-document.js';

export interface IdentityFault { readonly path: string; readonly fault: string; readonly fix: string }

/** Every fault, with its place below `access`. */
export function identityFaults({ accounts = [], issuers, onBehalf, audit }: IdentityConfig & { readonly accounts?: readonly { readonly name: string }[] }): readonly IdentityFault[] {
  return [
    ...twice('accounts', 'name', accounts.map((one) => one.name)),
    ...twice('issuers', 'realm', issuers.map((one) => one.realm)),
    ...twice('issuers', 'issuer', issuers.map((one) => one.issuer)),
    ...twice('onBehalf', 'issuer', onBehalf.map((one) => one.issuer)),
    ...issuers.flatMap(({ issuer, jwksUri }, index) => [...unsafe(`issuers[${index}].issuer`, issuer), ...unsafe(`issuers[${index}].jwksUri`, jwksUri)]),
    ...onBehalf.flatMap(({ jwks, jwksFile }, index) => [...keysOnce(`onBehalf[${index}]`, jwks, jwksFile), ...unsafe(`onBehalf[${index}].jwks`, jwks)]),
    ...tooShort('audit.keep', audit.keep),
  ];
}

/** People of two issuers, or of two accounts, must never be taken for one another. */
function twice(list: string, what: string, values: readonly string[]): readonly IdentityFault[] {
  const index = values.findIndex((value, at) => values.indexOf(value) < at);
  return index < 0 ? [] : [{ path: `access.${list}[${index}].${what}`, fault: `'${values[index] ?? ''}' is there twice`, fix: `give each its own ${what}` }];
}

function unsafe(path: string, address: string | undefined): readonly IdentityFault[] {
  if (address === undefined || isSafeAddress(address)) return [];
  return [{ path: `access.${path}`, fault: `'${address}' is not reached by https`, fix: 'write an https address; http is for this machine only' }];
}

const shortestKept: Milliseconds = 86_400_000;

/** What is gone before anybody could have looked at it was no record. */
function tooShort(path: string, duration: string | undefined): readonly IdentityFault[] {
  const length = duration === undefined ? undefined : parseDuration(duration, 0);
  return length?.ok && length.value < shortestKept ? [{ path: `access.${path}`, fault: `'${duration ?? ''}' is less than a day`, fix: 'write P1D or more, P400D for example' }] : [];
}

function keysOnce(path: string, jwks: string | undefined, jwksFile: string | undefined): readonly IdentityFault[] {
  if ((jwks === undefined) !== (jwksFile === undefined)) return [];
  return [{ path: `access.${path}`, fault: jwks === undefined ? 'its public keys are missing' : 'its keys are named twice', fix: 'write jwks or jwksFile, one of them' }];
}
