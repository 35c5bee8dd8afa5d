/** In order. A released migration is never edited; a change is a new one. */
import { LedgerTables1763683200000 } from './1763683200000-ledger-tables.js';
import { SessionTables1763683200001 } from './1763683200001-session-tables.js';
import { GuardFunctions1763683200002 } from './1763683200002-guard-functions.js';
import { CommitFunction1763683200003 } from './1763683200003-commit-function.js';
import { Calendar1763683200010 } from './1763683200010-calendar.js';
import { Rebooking1763683200011 } from './1763683200011-rebooking.js';
import { LeanCommit1763683200020 } from './1763683200020-lean-commit.js';
import { Federation1763683200030 } from './1763683200030-federation.js';
import { InlineDocuments1763683200040 } from './1763683200040-inline-documents.js';
import { Prolonging1763683200050 } from './1763683200050-prolonging.js';
import { NarrowLedger1763683200051 } from './1763683200051-narrow-ledger.js';
import { Members1763683200090 } from './1763683200090-members.js';
import { Identity1763683200100 } from './1763683200100-identity.js';
import { Audit1763683200101 } from './1763683200101-audit.js';
import { Switches1763683200102 } from './1763683200102-switches.js';
import { LeanAudit1763683200103 } from './1763683200103-lean-audit.js';
import { Accounts1763683200150 } from './1763683200150-accounts.js';
import { GuardStrips1763683200160 } from './1763683200160-guard-strips.js';
import { PlanOnce1763683200161 } from './1763683200161-plan-once.js';
import { PrunedAudit1763683200162 } from './1763683200162-pruned-audit.js';
import { Credentials1763683200190 } from './1763683200190-credentials.js';
import { KeptStorage1763683200191 } from './1763683200191-kept-storage.js';

export const migrations = [LedgerTables1763683200000, SessionTables1763683200001, GuardFunctions1763683200002, CommitFunction1763683200003, Calendar1763683200010, Rebooking1763683200011, LeanCommit1763683200020, Federation1763683200030, InlineDocuments1763683200040, Prolonging1763683200050, NarrowLedger1763683200051, Members1763683200090, Identity1763683200100, Audit1763683200101, Switches1763683200102, LeanAudit1763683200103, Accounts1763683200150, GuardStrips1763683200160, PlanOnce1763683200161, PrunedAudit1763683200162, Credentials1763683200190, KeptStorage1763683200191];
