export { Configuration, faultText, openConfiguration, parseConfiguration } from './configuration.js';
export type { Checked, CheckOptions, ConfigurationFault } from './configuration.js';
export { parseByteSize } from './byte-size.js';
export { lengthOf } from './length.js';
export { didYouMean } from './did-you-mean.js';
export { databaseSection, duration, logLevel, positiveDuration, secret } from './sections.js';
export { withSecretPlaces } from './secrets.js';
export type { Environment } from './secrets.js';
export type { JsonSchema } from './json-schema.js';
