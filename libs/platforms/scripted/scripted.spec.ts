import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kinds } from '#model';
import { aDraft, aPlan, platformContract, quietWork, someData, testHost } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { ScriptedPlatform, scriptedPlugin } from './index.js';

const scripted = (script: Readonly<Record<string, unknown>>): { kind: string; script: Readonly<Record<string, unknown>> } => ({ kind: kinds.scripted, script });

const leftovers = (host: TestHost): Promise<readonly string[]> => Promise.resolve(new ScriptedPlatform(scriptedPlugin.parseConfig({}), host).leftovers());

platformContract({
  name: 'scripted', plugin: scriptedPlugin, config: { preparing: 'PT1S', approach: 'PT3S', elastic: true, keeps: { gib: 10 } },
  badConfigs: [
    { raw: { pool: {} }, path: 'pool' }, { raw: { pools: { main: { cores: -1 } } }, path: 'pools.main.cores' }, { raw: { run: '10 s' }, path: 'run' },
    { raw: { executables: ['nonsense'] }, path: 'executables.0' }, { raw: { behaviour: { exitCode: 'x' } }, path: 'behaviour.exitCode' },
  ],
  makeHost: () => testHost({ clock: HandClock.at('2030-06-03T09:00:00Z') }),
  pass: (host) => (host.clock as HandClock).advance(500),
  patience: 100,
  payloads: {
    succeeds: scripted({ run: 'PT2S' }), fails: { executable: scripted({ run: 'PT2S', exitCode: 7 }), exitCode: 7 }, runsLong: scripted({ run: 'forever' }),
    unfit: [
      { executable: scripted({ run: 5 }), path: 'executable.script.run' }, { executable: scripted({ runs: 'PT1S' }), path: 'executable.script.runs' },
      { executable: scripted({ fail: 'lunch' }), path: 'executable.script.fail' }, { executable: scripted({ log: [{ after: 'PT1S' }] }), path: 'executable.script.log[0].text' },
      { executable: scripted({ fail: 'assess' }), path: 'executable.script.fail' },
    ],
    prints: { executable: scripted({ run: 'PT3S', log: ['at once', { after: 'PT2S', text: 'the last word' }] }), text: 'the last word' },
    preparesLong: scripted({ prepare: 'PT10H', progress: 10 }),
    failsToPrepare: [{ executable: scripted({ fail: { at: 'prepare', fixer: 'time' } }), fixer: 'time' }],
    failsToStart: [{ executable: scripted({ fail: { at: 'start' } }), fixer: 'operator' }],
    evicted: scripted({ run: 'forever', evict: 'PT1S' }),
    opens: scripted({ run: 'forever', connectors: [{ after: 'PT1S', protocol: 'HTTPS', location: 'https://notebook.example/1' }] }),
    ignoresStop: scripted({ run: 'forever', ignoreCancel: 'PT5S' }),
  },
  leftovers,
  tamper: { vanish: (host, handle) => rm(join(host.folder, 'sessions', `${handle.session}.jsonl`)) },
});

describe('the scripted platform', () => {
  test('offers alternatives by pool, cut to what each pool has', async () => {
    const host = await testHost({ clock: HandClock.at('2030-06-03T09:00:00Z') });
    const platform = scriptedPlugin.create(scriptedPlugin.parseConfig({ pools: { small: { cores: 2, memory: 8 }, big: { cores: 32, memory: 8 } } }), host);
    const assessment = await platform.assess(aDraft(scripted({}), { need: { min: { cores: 2, memory: 1 }, max: { cores: 16, memory: 1 } } }));
    expect(assessment.fits && assessment.choices.map(([demand]) => [demand?.pool, demand?.max.cores])).toEqual([['tested/small', 2], ['tested/big', 16]]);
    await host.close();
  });

  test('needs storage from preparing until released, compute for the run alone', async () => {
    const host = await testHost({ clock: HandClock.at('2030-06-03T09:00:00Z') });
    const platform = scriptedPlugin.create(scriptedPlugin.parseConfig({}), host);
    const size = { cores: 1, memory: 1, storage: 5 };
    const assessment = await platform.assess(aDraft(scripted({}), { need: { min: size, max: size } }));
    expect(assessment.fits && assessment.choices[0]?.map(({ during, min }) => [during, min])).toEqual([['run', { cores: 1, memory: 1 }], ['stay', { storage: 5 }]]);
    await host.close();
  });

  test.each([
    ['that is privileged', { privileged: true }, 'executable.privileged'],
    ['with a protocol that no port has', { network: { ports: [{ protocol: 'FTP', internal: { port: 80 } }] } }, 'executable.network.ports[0].protocol'],
    ['with a port that is none', { network: { ports: [{ internal: { port: -1 } }] } }, 'executable.network.ports[0].internal.port'],
  ])('pretends no container %s', async (_what, odd, path) => {
    const host = await testHost({ clock: HandClock.at('2030-06-03T09:00:00Z') });
    const platform = scriptedPlugin.create(scriptedPlugin.parseConfig({ executables: ['dockerContainer'] }), host);
    const assessment = await platform.assess(aDraft({ kind: kinds.dockerContainer, image: { locations: ['a:1'] }, ...odd }));
    expect(assessment).toMatchObject({ fits: false, reasons: [{ path }] });
    await host.close();
  });

  test('stages data for real, and takes it away again', async () => {
    const host = await testHost({ clock: HandClock.at('2030-06-03T09:00:00Z'), data: new Map([['memory:stars', new TextEncoder().encode('a,b')]]) });
    const platform = new ScriptedPlatform(scriptedPlugin.parseConfig({}), host);
    const plan = aPlan(aDraft(scripted({}), { data: [someData(kinds.simpleData, 'memory:stars')] }), { platform: 'tested', start: host.clock.now() });
    const handle = await platform.prepare(plan, quietWork());
    expect(await readFile(join(host.folder, 'data', plan.session, 'data'), 'utf8')).toBe('a,b');
    await platform.release(handle);
    expect(platform.leftovers()).toEqual([]);
    await host.close();
  });
});
