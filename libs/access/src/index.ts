export { AccessModule } from './access.module.js';
export type { AccessSetup } from './access.module.js';
export { Authenticator, defaultAuthenticatorOptions } from './authenticator.js';
export type { AuthenticatorOptions } from './authenticator.js';
export { accountName } from './account-input.js';
export { hashPassword, longestPassword } from './passwords.js';
export { seedAccounts } from './seed-accounts.js';
export type { AccountSeed } from './seed-accounts.js';
