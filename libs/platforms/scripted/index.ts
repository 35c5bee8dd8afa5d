import type { Resources } from '#model';
import type { PlatformPlugin } from '#plugin-sdk';
import { parseScriptedConfig, scriptedSchema } from './config.js';
import type { ScriptedConfig } from './config.js';
import { ScriptedPlatform } from './scripted.platform.js';

export { ScriptedPlatform } from './scripted.platform.js';
export type { ScriptedConfig } from './config.js';

/** Behaviour written in the request; see README.md. */
export const scriptedPlugin: PlatformPlugin<ScriptedConfig> = {
  name: 'scripted', schema: scriptedSchema, parseConfig: parseScriptedConfig, create: (config, host) => new ScriptedPlatform(config, host), largest,
};

function largest({ pools }: ScriptedConfig): Resources {
  const totals = Object.values(pools);
  const names = new Set(totals.flatMap((total) => Object.keys(total)));
  return Object.fromEntries([...names].map((name) => [name, Math.max(...totals.map((total) => total[name] ?? 0))]));
}
