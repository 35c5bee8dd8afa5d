import type { FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

/** Counts answers and their durations by route template, so that identifiers make no series of their own. */
export class RequestMetrics {
  private readonly answers: Counter<'method' | 'route' | 'status'>;
  private readonly seconds: Histogram<'method' | 'route'>;

  constructor(registry: Registry) {
    this.answers = new Counter({ name: 'eb_http_requests_total', help: 'Answers by method, route and status', labelNames: ['method', 'route', 'status'], registers: [registry] });
    this.seconds = new Histogram({
      name: 'eb_http_request_seconds', help: 'Time from request to the end of its answer', labelNames: ['method', 'route'], registers: [registry],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    });
  }

  count(request: FastifyRequest, reply: FastifyReply): void {
    const route = request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown');
    this.answers.inc({ method: request.method, route, status: String(reply.statusCode) });
    if (!route.endsWith('/events') && !route.endsWith('/logs')) this.seconds.observe({ method: request.method, route }, reply.elapsedTime / 1000);
  }
}
