import { MemorySessionStore, sessionStoreContract } from './testing/index.js';

sessionStoreContract('the store in memory', () => {
  const store = new MemorySessionStore();
  return Promise.resolve({ store, insert: (record) => store.insert(record) });
});
