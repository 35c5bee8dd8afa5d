/** What a node counts of its work, for /metrics; docs/operations.md says what to look at. */
import type { Log, SessionPhase } from '#model';
import type { Metrics } from '#runtime';
import type { LoadedConfig } from '../configuration/load-config.js';

interface Entered { readonly phase: SessionPhase; readonly at: number; readonly start: number }

/** Counts phases as sessions enter them, and how long after its booked start each is seen running. */
export function phaseCounter({ phases, startLateness }: Pick<Metrics, 'phases' | 'startLateness'>): { record(fact: Entered): Promise<void> } {
  return {
    record: ({ phase, at, start }) => {
      phases.inc({ phase });
      if (phase === 'RUNNING') startLateness.observe(Math.max(0, at - start) / 1000);
      return Promise.resolve();
    },
  };
}

/** Every configured platform is down until it answers; one that could not even be made stays so. */
export function platformGauge({ platformUp }: Pick<Metrics, 'platformUp'>, { config }: Pick<LoadedConfig, 'config'>): (platform: string, isUp: boolean) => void {
  for (const { name, type } of config.platforms) platformUp.set({ platform: name ?? type }, 0);
  return (platform, isUp) => { platformUp.set({ platform }, isUp ? 1 : 0); };
}

/** For the ledger, when it finds that it has promised more than there is. */
export function capacityAlarm({ alarms }: Pick<Metrics, 'alarms'>, log: Log): (violation: unknown) => void {
  return (violation) => {
    alarms.inc();
    log.error('CAPACITY VIOLATION: the ledger is overbooked', { violation });
  };
}
