import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { AccountStore, Clock } from '#model';
import { AccountsController } from './accounts.controller.js';
import { Authenticator } from './authenticator.js';
import { ACCESS_CLOCK, ACCOUNT_STORE } from './tokens.js';

export interface AccessSetup { readonly authenticator: Authenticator; readonly store: AccountStore; readonly clock: Clock }

/** Administration of local accounts. Errors become problem documents where HttpApiModule is in the same application. */
@Module({})
export class AccessModule {
  static register({ authenticator, store, clock }: AccessSetup): DynamicModule {
    return {
      module: AccessModule,
      controllers: [AccountsController],
      providers: [{ provide: Authenticator, useValue: authenticator }, { provide: ACCOUNT_STORE, useValue: store }, { provide: ACCESS_CLOCK, useValue: clock }],
    };
  }
}
