/** Credentials at rest: AES-256-GCM, bound to what they belong to, by the first of several keys. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export interface SealKey { readonly id: string; readonly key: Uint8Array }
export interface Sealed { readonly key: string; readonly sealed: Uint8Array }

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** The 32 bytes that base64 stands for; undefined where it does not. */
export function keyOf(text: string): Uint8Array | undefined {
  const plain = text.trim();
  const bytes = /^[A-Za-z0-9+/]{43}=$/.test(plain) ? Buffer.from(plain, 'base64') : undefined;
  return bytes?.length === 32 ? bytes : undefined;
}

export class Seal {
  constructor(private readonly keys: readonly SealKey[]) {}

  /** `about` is not secret, and needed to open it: what was sealed for one thing can't be passed off as another's. */
  close(text: string, about: string): Sealed {
    const [first] = this.keys;
    if (!first) throw new RangeError('no key to seal with');
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, first.key, nonce).setAAD(Buffer.from(about));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return { key: first.id, sealed: Buffer.concat([nonce, cipher.getAuthTag(), body]) };
  }

  /** Undefined: its key is gone, or it was changed, or it is another's. */
  open({ key: id, sealed }: Sealed, about: string): string | undefined {
    const known = this.keys.find((one) => one.id === id);
    if (!known || sealed.length < nonceBytes + tagBytes) return undefined;
    const bytes = Buffer.from(sealed);
    const decipher = createDecipheriv(algorithm, known.key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes }).setAAD(Buffer.from(about));
    decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8');
    } catch {
      // Node tells of a wrong tag by throwing; there is nothing else to know.
      return undefined;
    }
  }
}
