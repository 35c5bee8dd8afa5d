/** vitest globalSetup: the run's database server starts when the first spec asks for it and ends with the run. */
import { serveDatabases, TestDatabases } from './databases.js';

export async function setup(): Promise<() => Promise<void>> {
  const databases = new TestDatabases(process.env['EB_TEST_DATABASE_URL']);
  const { url, server } = await serveDatabases(databases);
  process.env['EB_TEST_DATABASES'] = url;
  return async () => {
    server.close();
    server.closeAllConnections();
    await databases.stop();
  };
}
