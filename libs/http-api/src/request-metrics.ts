import type { Metric, Registry } from 'prom-client';
import type { ApiReply, ApiRequest } from './exchange.js';

/** Upper bounds of the buckets in seconds; what takes longer is only counted. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const answersName = 'eb_http_requests_total';
const secondsName = 'eb_http_request_seconds';

interface Tally {
  readonly method: string;
  readonly route: string;
  readonly statuses: Map<number, number>;
  /** Answers whose time lies below each bound and above the one before, and last those beyond. */
  readonly buckets: number[];
  seconds: number;
}

type Counter = (request: Pick<ApiRequest, 'method'>, reply: Pick<ApiReply, 'statusCode' | 'elapsedTime'>) => void;
type Row = { readonly labels: Readonly<Record<string, string>>; readonly value: number; readonly metricName?: string };

/**
 * Counts answers and their durations by route template, so that identifiers make no series of their own. It runs for every
 * answer, so it only adds to numbers, and becomes metrics of prom-client when they are read.
 */
export class RequestMetrics {
  private readonly tallies: Tally[] = [];
  private readonly counters = new Map<string, Counter>();

  constructor(registry: Registry) {
    this.register(registry, { name: answersName, help: 'Answers by method, route and status', type: 'counter' }, () => this.tallies.flatMap(answersOf));
    this.register(registry, { name: secondsName, help: 'Time from request to the end of its answer', type: 'histogram' }, () => this.tallies.flatMap(secondsOf));
  }

  /** What counts the answers of one route; streams have no duration. */
  counterOf(route: string): Counter {
    const known = this.counters.get(route) ?? this.makeCounter(route);
    this.counters.set(route, known);
    return known;
  }

  private makeCounter(route: string): Counter {
    const own = new Map<string, Tally>();
    const isTimed = !route.endsWith('/events') && !route.endsWith('/logs');
    return ({ method }, reply) => {
      const tally = own.get(method) ?? this.begin(own, method, route);
      tally.statuses.set(reply.statusCode, (tally.statuses.get(reply.statusCode) ?? 0) + 1);
      if (isTimed) time(tally, reply.elapsedTime / 1000);
    };
  }

  private begin(own: Map<string, Tally>, method: string, route: string): Tally {
    const tally = { method, route, statuses: new Map<number, number>(), buckets: [...bounds, Infinity].map(() => 0), seconds: 0 };
    own.set(method, tally);
    this.tallies.push(tally);
    return tally;
  }

  /** prom-client asks a metric for no more than this, though its type names the classes that it knows. */
  private register(registry: Registry, about: { readonly name: string; readonly help: string; readonly type: string }, values: () => readonly Row[]): void {
    const metric = { ...about, aggregator: 'sum', get: () => Promise.resolve({ ...about, aggregator: 'sum', values: values() }), reset: () => { this.tallies.forEach(clear); } };
    registry.registerMetric(metric as unknown as Metric);
  }
}

function time(tally: Tally, seconds: number): void {
  const place = bounds.findIndex((bound) => seconds <= bound);
  const at = place < 0 ? bounds.length : place;
  tally.buckets[at] = (tally.buckets[at] ?? 0) + 1;
  tally.seconds += seconds;
}

function clear(tally: Tally): void {
  tally.statuses.clear();
  tally.buckets.fill(0);
  tally.seconds = 0;
}

function answersOf({ method, route, statuses }: Tally): readonly Row[] {
  return [...statuses].map(([status, value]) => ({ labels: { method, route, status: String(status) }, value }));
}

/** Cumulative, as the format wants it. */
function secondsOf({ method, route, buckets, seconds }: Tally): readonly Row[] {
  let count = 0;
  const rows = buckets.map((value, index): Row => {
    count += value;
    return { labels: { le: index < bounds.length ? String(bounds[index]) : '+Inf', method, route }, value: count, metricName: `${secondsName}_bucket` };
  });
  if (count === 0) return [];
  return [...rows, { labels: { method, route }, value: seconds, metricName: `${secondsName}_sum` }, { labels: { method, route }, value: count, metricName: `${secondsName}_count` }];
}
