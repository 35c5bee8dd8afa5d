import { describe, expect, it } from 'vitest';
import { createMetrics } from '#runtime';
import { loadConfigText } from '../configuration/load-config.js';
import { platformGauge } from './measures.js';

describe('the gauge of platforms', () => {
  it('shows down what is configured and has not answered, or can not even be made, and follows what is told', async () => {
    const loaded = await loadConfigText('platforms: [{ name: here, type: scripted }, { name: broken, type: scripted, pools: 5 }]', {});
    if (!loaded.ok) throw new Error('not read');
    const metrics = createMetrics('demo', { withProcess: false });
    const shown = async (): Promise<Record<string, number>> => Object.fromEntries((await metrics.platformUp.get()).values.map(({ labels, value }) => [String(labels['platform']), value]));
    const tell = platformGauge(metrics, loaded.value);
    expect(await shown()).toEqual({ here: 0, broken: 0 });
    tell('here', true);
    expect(await shown()).toEqual({ here: 1, broken: 0 });
    tell('here', false);
    expect(await shown()).toEqual({ here: 0, broken: 0 });
  });
});
