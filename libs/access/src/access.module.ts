import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { AccountStore, CalendarAdministration, Clock } from '#model';
import { AccountsController } from './accounts.controller.js';
import { Authenticator } from './authenticator.js';
import { CalendarController } from './calendar.controller.js';
import { ACCESS_CLOCK, ACCOUNT_STORE, CALENDAR } from './tokens.js';

export interface AccessSetup { readonly authenticator: Authenticator; readonly store: AccountStore; readonly clock: Clock; readonly calendar?: CalendarAdministration }

/** Administration of local accounts, and of the calendar where there is one. Errors become problem documents where HttpApiModule is in the same application. */
@Module({})
export class AccessModule {
  static register({ authenticator, store, clock, calendar }: AccessSetup): DynamicModule {
    return {
      module: AccessModule,
      controllers: [AccountsController, ...(calendar ? [CalendarController] : [])],
      providers: [
        { provide: Authenticator, useValue: authenticator }, { provide: ACCOUNT_STORE, useValue: store }, { provide: ACCESS_CLOCK, useValue: clock },
        ...(calendar ? [{ provide: CALENDAR, useValue: calendar }] : []),
      ],
    };
  }
}
