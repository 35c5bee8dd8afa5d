import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AccountsController } from './accounts.controller.js';
import { AuditController } from './audit/audit.controller.js';
import { CalendarController } from './calendar.controller.js';
import { DrainController } from './drain.controller.js';
import { KeptStorageController, SiteStorageController } from './kept-storage.controller.js';
import { MetadataController } from './metadata.controller.js';
import { PoliciesController } from './policies.controller.js';
import { PersonalTokensController } from './personal-tokens.controller.js';
import { WhoAmIController } from './whoami.controller.js';
import { ACCESS } from './tokens.js';
import type { Access } from './tokens.js';

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
