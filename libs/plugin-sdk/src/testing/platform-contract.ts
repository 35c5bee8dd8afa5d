/** The sentences that hold for every platform. One call in each plugin's spec; it obeys what the plugin declares. */
import { afterEach, beforeEach, describe } from 'vitest';
import { cleaningSentences } from './platform-cleaning.js';
import { declaredSentences } from './platform-declared.js';
import { endingSentences } from './platform-endings.js';
import { offeringSentences } from './platform-offering.js';
import { PlatformWorld } from './platform-suite.js';
import type { PlatformSuite } from './platform-suite.js';

export type WorldOf<Config> = () => PlatformWorld<Config>;

export function platformContract<Config>(suite: PlatformSuite<Config>): void {
  describe(`${suite.name} keeps the contract of platforms`, { timeout: suite.deadline ?? 20_000 }, () => {
    let world: PlatformWorld<Config>;
    beforeEach(async () => { world = await PlatformWorld.open(suite); });
    afterEach(async () => { await world.close(); });
    const current = (): PlatformWorld<Config> => world;
    offeringSentences(suite, current);
    endingSentences(suite, current);
    cleaningSentences(suite, current);
    declaredSentences(suite, current);
  });
}
