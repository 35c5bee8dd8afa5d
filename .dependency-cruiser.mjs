/** Import rules, made from the table in tools/check/layers.mjs: the authority for who may import whom. */
import { cruiseOptions, importRules } from './tools/check/import-rules.mjs';

export default { forbidden: importRules, options: { ...cruiseOptions, tsConfig: { fileName: 'tsconfig.json' } } };
