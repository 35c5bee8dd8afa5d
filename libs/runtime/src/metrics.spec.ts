import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.js';

describe('the metrics of a node', () => {
  it('carry its name and begin with eb_', async () => {
    const metrics = createMetrics('demo');
    metrics.asks.inc({ result: 'YES' });
    const text = await metrics.registry.metrics();
    expect(text).toContain('eb_asks_total{result="YES",node="demo"} 1');
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('eb_'))).toEqual([]);
  });

  it('of two nodes in one process do not mix', async () => {
    const [one, other] = [createMetrics('one', { withProcess: false }), createMetrics('other', { withProcess: false })];
    one.accepts.inc({ result: 'ok' });
    expect(await other.registry.metrics()).not.toContain('eb_accepts_total{');
  });
});
