import { isSoundText } from '#model';
import { longestPassword } from './passwords.js';
import { unauthenticated } from '../refused.js';

export interface Credentials { readonly name: string; readonly password: string }

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads `Basic …` (RFC 7617, UTF-8); throws 'unauthenticated' with a hint. */
export function readBasic(authorization: string): Credentials {
  const [scheme = '', encoded = '', ...more] = authorization.trim().split(/\s+/);
  if (scheme.toLowerCase() !== 'basic') throw unauthenticated(`The scheme '${scheme.slice(0, 20)}' is not known here; send Basic`);
  if (more.length > 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) throw unauthenticated('The Authorization header is malformed; send Basic and the base64 of name:password');
  const text = decode(encoded) ?? '';
  const colon = text.indexOf(':');
  if (colon < 1) throw unauthenticated('The Authorization header holds no name:password in UTF-8; send Basic and the base64 of name:password');
  const password = text.slice(colon + 1);
  const name = text.slice(0, colon);
  if (password.length > longestPassword || !isNameable(name)) throw unauthenticated('Wrong name or password');
  return { name, password };
}

/** Whether an account may have this name at all. */
export function isNameable(name: string): boolean {
  return name.length <= 256 && isSoundText(name);
}

function decode(encoded: string): string | undefined {
  try {
    return utf8.decode(Buffer.from(encoded, 'base64'));
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
