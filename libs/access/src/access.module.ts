import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AccountsController } from './accounts.controller.js';
import { CalendarController } from './calendar.controller.js';
import { MetadataController } from './metadata.controller.js';
import { ACCESS } from './tokens.js';
import type { Access } from './tokens.js';

/** Administration of local accounts, and of the calendar where there is one. Errors become problem documents where HttpApiModule is in the same application. */
@Module({})
export class AccessModule {
  static register(access: Access): DynamicModule {
    return {
      module: AccessModule,
      controllers: [AccountsController, MetadataController, ...(access.calendar ? [CalendarController] : [])],
      providers: [{ provide: ACCESS, useValue: access }],
    };
  }
}
