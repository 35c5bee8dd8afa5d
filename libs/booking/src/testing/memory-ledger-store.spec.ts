import { contractGrain, ledgerStoreContract } from './ledger-store-contract.js';
import { MemoryLedgerStore } from './memory-ledger-store.js';

ledgerStoreContract('MemoryLedgerStore', () => Promise.resolve({ store: new MemoryLedgerStore(contractGrain), close: () => Promise.resolve() }));
