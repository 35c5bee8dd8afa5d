/** Metrics of a node or an aggregator in Prometheus' form. Every name begins with `eb_`. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Seconds; from a slot search in memory to a platform that has to be asked. */
const askBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What every broker counts, a node and an aggregator. */
export interface BrokerMetrics {
  /** For `/metrics`: the text and its media type. */
  readonly registry: Registry;
  /** Answered requests by `result` (YES, NO). */
  readonly asks: Counter<'result'>;
  /** Seconds from a request to its answer. */
  readonly askSeconds: Histogram;
  readonly accepts: Counter<'result'>;
}

/** Of a node. */
export interface Metrics extends BrokerMetrics {
  /** Phase changes of sessions, by the phase that was entered. */
  readonly phases: Counter<'phase'>;
  /** Seconds from the offered start to the payload seen running. */
  readonly startLateness: Histogram;
  /** 1 while a platform can be used, by its name. */
  readonly platformUp: Gauge<'platform'>;
  /** Capacity violations that were found (never, if all is well). */
  readonly alarms: Counter;
}

interface Choice { readonly withProcess: boolean }

/** A registry of its own for each broker, so that several live in one process; with `withProcess` the usual process metrics too. */
export function createBrokerMetrics(node: string, options: Choice = { withProcess: true }): BrokerMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ node });
  if (options.withProcess) collectDefaultMetrics({ register: registry, prefix: 'eb_' });
  const registers = [registry];
  return {
    registry,
    asks: new Counter({ name: 'eb_asks_total', help: 'Requests answered, by result.', labelNames: ['result'], registers }),
    askSeconds: new Histogram({ name: 'eb_ask_seconds', help: 'Time from a request to its answer.', buckets: askBuckets, registers }),
    accepts: new Counter({ name: 'eb_accepts_total', help: 'Offers accepted, by result (ok, conflict, failed).', labelNames: ['result'], registers }),
  };
}

export function createMetrics(node: string, options?: Choice): Metrics {
  const common = createBrokerMetrics(node, options);
  const registers = [common.registry];
  return {
    ...common,
    phases: new Counter({ name: 'eb_session_phases_total', help: 'Phases entered by sessions.', labelNames: ['phase'], registers }),
    startLateness: new Histogram({ name: 'eb_start_lateness_seconds', help: 'Time from the offered start to running.', buckets: askBuckets, registers }),
    platformUp: new Gauge({ name: 'eb_platform_up', help: '1 while the platform can be used.', labelNames: ['platform'], registers }),
    alarms: new Counter({ name: 'eb_capacity_alarms_total', help: 'Capacity violations found in the ledger.', registers }),
  };
}

/** Of an aggregator: `up` says of each member by name whether it is asked; it is read whenever somebody looks. */
export function showMembers({ registry }: BrokerMetrics, up: () => ReadonlyMap<string, boolean>): void {
  new Gauge({
    name: 'eb_member_up', help: '1 while the member is asked; 0 while it rests after several failures.', labelNames: ['member'], registers: [registry],
    collect() {
      this.reset();
      for (const [member, isUp] of up()) this.set({ member }, isUp ? 1 : 0);
    },
  });
}
