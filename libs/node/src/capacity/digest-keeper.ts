/** The node's digest, made anew now and then: aggregators ask for it often, and it may be some seconds old. */
import { mergeAccelerators } from '#model';
import type { Digest, Instant, Milliseconds, PlatformName } from '#model';
import type { Ledger } from '#booking';
import type { Platform } from '#plugin-sdk';
import { freeAhead } from './capacity-digest.js';
import type { NodeSettings } from '../settings.js';

export interface DigestParts {
  readonly settings: Pick<NodeSettings, 'grain' | 'longest'>;
  readonly ledger: Pick<Ledger, 'report' | 'bookings'>;
  readonly platforms: ReadonlyMap<PlatformName, Platform>;
  now(): Instant;
}

const goodFor: Milliseconds = 10_000;

export class DigestKeeper {
  private last: { readonly at: Instant; readonly digest: Promise<Digest> } | undefined;

  constructor(private readonly parts: DigestParts) {}

  read(): Promise<Digest> {
    const now = this.parts.now();
    if (!this.last || Math.abs(now - this.last.at) >= goodFor) this.last = { at: now, digest: this.make(now) };
    return this.last.digest;
  }

  private async make(now: Instant): Promise<Digest> {
    const { settings, ledger, platforms } = this.parts;
    const capabilities = await Promise.all([...platforms.values()].map((platform) => platform.capabilities()));
    const kinds = {
      executable: [...new Set(capabilities.flatMap((one) => one.executables))].sort(), storage: [...new Set(capabilities.flatMap((one) => one.storage))].sort(),
    };
    const pools = ledger.report({ start: now, end: now + settings.grain }, settings.grain);
    const accelerators = mergeAccelerators(capabilities.flatMap((one) => one.accelerators ?? []));
    const free = freeAhead({ pools, bookings: (window) => ledger.bookings(window), grain: settings.grain }, now, accelerators.map(({ type }) => type));
    return { kinds, longest: settings.longest, accelerators, ...free, isComplete: true };
  }
}
