import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AccountsController } from './controllers/accounts.controller.js';
import { AuditController } from './controllers/audit.controller.js';
import { CalendarController } from './controllers/calendar.controller.js';
import { DrainController } from './controllers/drain.controller.js';
import { KeptStorageController, SiteStorageController } from './controllers/kept-storage.controller.js';
import { MetadataController } from './controllers/metadata.controller.js';
import { PoliciesController } from './controllers/policies.controller.js';
import { PersonalTokensController } from './controllers/personal-tokens.controller.js';
import { WhoAmIController } from './controllers/whoami.controller.js';
import { ACCESS } from './controllers/tokens.js';
import type { Access } from './controllers/tokens.js';

/** Identity and administration: accounts, tokens, the audit record, and calendar and drain of a node. Errors become problem documents where HttpApiModule is in the same application. */
@Module({})
export class AccessModule {
  static register(access: Access): DynamicModule {
    return {
      module: AccessModule,
      controllers: [
        AccountsController, MetadataController, WhoAmIController, AuditController, ...(access.tokenRules.enabled ? [PersonalTokensController] : []),
        ...(access.calendar ? [CalendarController] : []), ...(access.drain ? [DrainController] : []), ...(access.policies ? [PoliciesController] : []),
        ...(access.keptStorages ? [KeptStorageController, SiteStorageController] : []),
      ],
      providers: [{ provide: ACCESS, useValue: access }],
    };
  }
}
