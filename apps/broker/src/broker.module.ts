/** The composition root of the node's application. */
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AccessModule } from '#access';
import type { Access } from '#access';
import { HttpApiModule } from '#http-api';
import type { HttpApiSetup } from '#http-api';

@Module({})
export class BrokerModule {
  static register(parts: { readonly http: HttpApiSetup; readonly access: Access }): DynamicModule {
    return { module: BrokerModule, imports: [HttpApiModule.register(parts.http), AccessModule.register(parts.access)] };
  }
}
