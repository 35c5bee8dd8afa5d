/** Why a member can't be reached, for those who can do something about it. Clients are told no more than that it is silent. */
import type { ClientError } from '#client';

const unknownAuthority = 'its certificate is of an authority that is not trusted; name that in federation.certificates';

const wordsByCode: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its host name is not known; look at its url',
  EAI_AGAIN: 'its host name cannot be looked up now',
  ECONNREFUSED: 'nobody listens at its url',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name than that of its url',
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
};

/** Undefined where there is no more to tell than that no answer came. */
export function whyUnreached({ cause }: ClientError): string | undefined {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && Object.hasOwn(wordsByCode, code) ? wordsByCode[code] : undefined;
}
