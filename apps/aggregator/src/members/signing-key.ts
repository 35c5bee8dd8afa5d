/** The keys that assertions are signed with: configured files, or one in the state folder, made at the first start. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newSigningKey } from '#federation';

type Key = Awaited<ReturnType<typeof newSigningKey>>;

/** JWKs; the first signs. Without a file and a state folder there is a new one at each start. */
export async function signingKeys(configured: string | readonly string[] | undefined, stateFolder: string | undefined): Promise<readonly Key[]> {
  if (configured !== undefined) return Promise.all([configured].flat().map(read));
  return [stateFolder === undefined ? await newSigningKey() : await ownKey(stateFolder)];
}

async function ownKey(stateFolder: string): Promise<Key> {
  const own = join(stateFolder, 'signing-key.json');
  try {
    return await read(own);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = await newSigningKey();
  await writeFile(own, JSON.stringify(key), { mode: 0o600, flag: 'wx' });
  return key;
}

async function read(file: string): Promise<Key> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text) as Key;
  } catch (cause) {
    throw new RangeError(`${file}: the signing key is not a JWK; write a private EC key on P-256 as JSON`, { cause });
  }
}
