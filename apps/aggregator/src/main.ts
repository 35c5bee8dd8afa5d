/** Starts an aggregator: `main.ts --config FILE`, else EB_CONFIG, else ./aggregator.yaml. */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { faultText, jsonLog, runUntilSignal, systemClock } from '#runtime';
import type { LogLevel } from '#runtime';
import { chooseDatabase, startApplication } from './application.js';
import type { Application } from './application.js';
import { loadConfig } from './load-config.js';

async function start(): Promise<Application> {
  const { values } = parseArgs({ options: { config: { type: 'string', short: 'c' } } });
  const { env } = process;
  const file = resolve(values.config ?? env['EB_CONFIG'] ?? 'aggregator.yaml');
  const read = await loadConfig(file, env);
  if (!read.ok) throw new Error(`the configuration can't be used:\n${read.faults.map(faultText).join('\n')}`);
  const port = env['EB_PORT'] === undefined ? read.value.http.port : Number(env['EB_PORT']);
  const config = { ...read.value, http: { ...read.value.http, port } };
  const log = jsonLog(config.logs.level as LogLevel, config.aggregator.name);
  const stateFolder = resolve(env['EB_STATE'] ?? config.state);
  mkdirSync(stateFolder, { recursive: true });
  const application = await startApplication(config, { clock: systemClock, log, environment: env, file, stateFolder, database: chooseDatabase(config, stateFolder, env) });
  log.info('listening', { url: application.url, ...(application.adminUrl === undefined ? {} : { administration: application.adminUrl }), docs: `${application.url}/docs`, configuration: file });
  return application;
}

await runUntilSignal(start);
