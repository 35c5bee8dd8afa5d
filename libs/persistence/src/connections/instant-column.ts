import type { Instant } from '#model';

/** An instant as TypeORM reads and writes it: bigint milliseconds, see the migrations for why. */
export const instantColumn = { type: 'bigint', transformer: { from: Number, to: (at: Instant) => at } } as const;
