/** 1 000 scripted sessions booked to start within one minute: how late each is RUNNING, against its offered start. */
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { Measure } from './measure.js';
import { BenchNode, inParallel, quantile, scripted, scriptedKind } from './node/process.js';
import type { Json } from './node/process.js';

const goal = 1;
const lead = 30_000;
const span = 60_000;

export async function run({ quick }: { readonly quick: boolean }): Promise<Measure[]> {
  const count = quick ? 300 : 1_000;
  const node = await BenchNode.start(scripted({ booking: { grain: 'PT1M', mostOffers: 1 } }));
  try {
    const from = Math.ceil((Date.now() + lead) / 1000) * 1000;
    const starts = Array.from({ length: count }, (_, index) => from + Math.floor((index * span) / count));
    await inParallel(starts, 16, async (start) => {
      const session = await node.book({
        executable: { kind: scriptedKind, script: { run: 'PT5M' } },
        schedule: { requested: { start: `${new Date(Math.floor(start / 1000) * 1000).toISOString()}/PT0S`, duration: 'PT10M' } },
      });
      if (session.phase !== 'ACCEPTED') throw new Error(`not accepted: ${session.phase}`);
    });
    process.stderr.write(`  booked ${((from - Date.now()) / 1000).toFixed(1)} s before the first start\n`);
    await wait(from + span + 5_000 - Date.now());
    const late = await latenesses(node.databaseUrl, count);
    const value = quantile(late, 0.99);
    process.stderr.write(`  p50 ${quantile(late, 0.5).toFixed(3)} s, p99 ${value.toFixed(3)} s, most ${Math.max(...late).toFixed(3)} s\n`);
    return [{ name: 'start-lateness-p99-s', value, unit: 's', goal: `<= ${goal}`, holds: value <= goal }];
  } finally {
    await node.stop();
  }
}

/** From the events, which are kept with the time they were recorded at. */
async function latenesses(databaseUrl: string, count: number): Promise<readonly number[]> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const { rows } = await client.query<{ document: Json; event: Json }>("select s.document, e.event from session s join session_event e on e.session = s.id where e.event->>'phase' = 'RUNNING'");
  await client.end();
  if (rows.length < count) throw new Error(`only ${rows.length} of ${count} sessions run`);
  return rows.map(({ document, event }) => (Number(event.at) - Number(document.plan.run.start)) / 1000);
}
