import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { BrokerError, reason } from '#model';
import type { Clock, Log, RequesterId } from '#model';
import { Registry } from 'prom-client';
import { HttpApiModule } from '../http-api.module.js';
import { createHttpApp } from '../http-app.js';
import type { HttpOptions } from '../settings.js';
import type { FakeBroker } from './fake-broker.js';

/** Remembers what was logged. */
export class ListeningLog implements Log {
  readonly errors: { message: string; facts: Readonly<Record<string, unknown>> }[] = [];
  debug(): void { /* of no interest to specs */ }
  info(): void { /* of no interest to specs */ }
  warn(): void { /* of no interest to specs */ }
  error(message: string, facts: Readonly<Record<string, unknown>> = {}): void {
    this.errors.push({ message, facts });
  }
}

export interface TestApp { readonly app: NestFastifyApplication; readonly log: ListeningLog }

/** The whole application over a fake broker. `Authorization: nobody` is refused, everybody else is alice. */
export async function startTestApp(broker: FakeBroker, clock: Clock, options: Partial<HttpOptions> = {}): Promise<TestApp> {
  const log = new ListeningLog();
  const root = HttpApiModule.register({
    broker, clock, log, options, metrics: new Registry(), readiness: () => Promise.resolve({ ready: broker.failure === undefined, checks: { database: broker.failure === undefined } }),
    facts: () => Promise.resolve({ name: 'test', anonymous: false, publicReads: false, kinds: { executable: [], compute: [], storage: [], volume: [], data: [] }, limits: { longest: 'P7D' } }),
    requesterOf: ({ headers }) => (headers.authorization === 'nobody'
      ? Promise.reject(new BrokerError('unauthenticated', 'caller', [reason('unauthenticated', 'Wrong name or password')]))
      : Promise.resolve({ id: 'local:alice' as RequesterId, name: 'alice', roles: ['user'], groups: [] })),
  });
  class Root {}
  Module({ imports: [root] })(Root);
  const app = await createHttpApp(Root);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return { app, log };
}
