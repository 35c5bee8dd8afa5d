/** Starts a node: `main.ts [--config FILE]`. Without a file: EB_CONFIG, else ./node.yaml, else the trial configuration. */
import { existsSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { faultText, jsonLog, runUntilSignal, systemClock } from '#runtime';
import type { LogLevel } from '#runtime';
import { chooseDatabase, startApplication, withEnvironment } from './application.js';
import type { Application } from './application.js';
import { loadConfig } from './configuration/load-config.js';

const trial = fileURLToPath(new URL('../../../deploy/examples/trial.yaml', import.meta.url));

function configFile(): string {
  const { values } = parseArgs({ options: { config: { type: 'string', short: 'c' } } });
  const named = values.config ?? process.env['EB_CONFIG'];
  if (named !== undefined) return resolve(named);
  return existsSync('node.yaml') ? resolve('node.yaml') : trial;
}

async function start(): Promise<Application> {
  const file = configFile();
  const read = await loadConfig(file, process.env);
  if (!read.ok) throw new Error(`the configuration can't be used:\n${read.faults.map(faultText).join('\n')}`);
  const log = jsonLog(read.value.config.logs.level as LogLevel, read.value.config.node.name);
  const loaded = withEnvironment(read.value, process.env, log);
  for (const fault of loaded.pluginFaults) log.error('left out because it is broken', { fault: faultText(fault) });
  const stateFolder = resolve(loaded.config.state);
  mkdirSync(stateFolder, { recursive: true });
  const application = await startApplication(loaded, { clock: systemClock, log, stateFolder, database: chooseDatabase(loaded, stateFolder, process.env) });
  log.info('listening', { url: application.url, ...(application.adminUrl === undefined ? {} : { administration: application.adminUrl }), docs: `${application.url}/docs`, configuration: file });
  return application;
}

await runUntilSignal(start);
