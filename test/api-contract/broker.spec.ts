import { startNode } from '../support/node.js';
import { apiContract } from './contract.js';
import { portal } from './served.js';
import type { Served } from './served.js';

apiContract({
  name: 'a broker',
  start: async (): Promise<Served> => {
    const node = await startNode({ http: { cors: { origins: [portal] } } });
    return { url: node.running.url, now: () => node.clock.now(), advance: (duration) => node.advance(duration), settled: () => Promise.resolve(), stop: () => node.stop() };
  },
});
