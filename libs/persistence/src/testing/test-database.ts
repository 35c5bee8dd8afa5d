import { request } from 'node:http';
import { TestDatabases } from './databases.js';

/** A database of one spec file. */
export interface TestDatabase { readonly url: string; drop(): Promise<void> }

/**
 * A fresh, migrated database. On the server of EB_TEST_DATABASE_URL, or on an embedded one that the whole vitest run shares;
 * outside of vitest on one of its own, which ends with `drop`.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const service = process.env['EB_TEST_DATABASES'];
  if (service === undefined) return ownServer();
  const { name, url } = JSON.parse(await call('POST', service)) as { name: string; url: string };
  return { url, drop: async () => { await call('DELETE', `${service}/${name}`); } };
}

async function ownServer(): Promise<TestDatabase> {
  const databases = new TestDatabases(process.env['EB_TEST_DATABASE_URL']);
  const { url } = await databases.create();
  return { url, drop: () => databases.stop() };
}

function call(method: string, url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => { text += piece; });
      response.on('end', () => { if (response.statusCode === 200) resolve(text); else reject(new Error(`no test database: ${text}`)); });
    });
    sent.once('error', reject).end();
  });
}
