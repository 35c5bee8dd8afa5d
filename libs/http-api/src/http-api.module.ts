import { Module } from '@nestjs/common';
import type { DynamicModule, Provider } from '@nestjs/common';
import { Admission, defaultAdmissionLimits } from './admission/admission.js';
import { LoopDelay } from './admission/loop-delay.js';
import { CapabilitiesController } from './controllers/capabilities.controller.js';
import { DocsController } from './controllers/docs.controller.js';
import { ExplanationsController } from './controllers/explanations.controller.js';
import { OperationController } from './controllers/operation.controller.js';
import { RequestsController } from './controllers/requests.controller.js';
import { SessionsController } from './controllers/sessions.controller.js';
import { StreamsController } from './controllers/streams.controller.js';
import { proxyList } from './forwarded.js';
import { KnownRoutes } from './known-routes.js';
import { ProblemFilter } from './problem.filter.js';
import { HTTP_API, defaultHttpOptions } from './settings.js';
import type { HttpApi, HttpApiSetup } from './settings.js';
import { OpenStreams } from './stream/open-streams.js';

/** The HTTP interface over one ExecutionBroker. The application is made by {@link createHttpApp}, which wires what lies before Nest. */
@Module({})
export class HttpApiModule {
  static register(setup: HttpApiSetup): DynamicModule {
    const options = { ...defaultHttpOptions, ...setup.options };
    const api: HttpApi = { ...setup, options, proxies: options.trustedProxies.length > 0 ? proxyList(options.trustedProxies) : undefined };
    return {
      module: HttpApiModule,
      global: true,
      controllers: [RequestsController, SessionsController, StreamsController, OperationController, CapabilitiesController, ExplanationsController, DocsController],
      providers: [{ provide: HTTP_API, useValue: api }, KnownRoutes, OpenStreams, ProblemFilter, LoopDelay, admissionOf(api)],
      exports: [HTTP_API, KnownRoutes, OpenStreams, ProblemFilter],
    };
  }
}

function admissionOf(api: HttpApi): Provider {
  const limits = { ...defaultAdmissionLimits, ...api.admission };
  return { provide: Admission, inject: [LoopDelay], useFactory: (delay: LoopDelay) => new Admission(limits, api.clock, {
    steady: () => performance.now(), loopDelay: () => delay.read(), later: (wait, call) => { setTimeout(call, wait).unref(); },
  }) };
}
