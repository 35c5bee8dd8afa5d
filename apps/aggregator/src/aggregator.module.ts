/** The composition root of the aggregator's application. */
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AccessModule } from '#access';
import type { Access } from '#access';
import { HttpApiModule } from '#http-api';
import type { HttpApiSetup } from '#http-api';
import { KeysController, MEMBERS, MembersController } from './members/members.controller.js';
import type { MembersSetup } from './members/members.controller.js';

@Module({})
export class AggregatorModule {
  static register(parts: { readonly http: HttpApiSetup; readonly access: Access; readonly members: MembersSetup }): DynamicModule {
    return {
      module: AggregatorModule, imports: [HttpApiModule.register(parts.http), AccessModule.register(parts.access)],
      controllers: [MembersController, KeysController], providers: [{ provide: MEMBERS, useValue: parts.members }],
    };
  }
}
