/** Identity, and what is put before the broker because of it, from the parts that an application has. */
import type { AuditLog, BrokerError, CalendarAdministration, DrainSwitch, KeptStorages, PolicyTrials, ExecutionBroker, Sender } from '#model';
import { AuditedBroker } from './audit/audited-broker.js';
import { Auditor } from './audit/auditor.js';
import { lengthOf, openIdentity } from './identity/open-identity.js';
import type { OwnTokens } from './identity/own-tokens.js';
import type { IdentityGround } from './identity/open-identity.js';
import { ScopedBroker } from './scoped-broker.js';
import type { Access, SentRequest } from './controllers/tokens.js';

export interface AccessGround extends Omit<IdentityGround, 'watch'> {
  readonly broker: ExecutionBroker;
  readonly audit: AuditLog;
  readonly calendar?: CalendarAdministration;
  readonly drain?: DrainSwitch;
  readonly policies?: PolicyTrials;
  readonly keptStorages?: KeptStorages;
  /** Where rules of the node show tokens to services of the requester's realm. */
  readonly ownTokens?: OwnTokens;
  readonly senderOf: (request: SentRequest) => Sender;
  readonly baseUrlOf: (request: SentRequest) => string;
}

export interface OpenedAccess {
  /** For {@link AccessModule}. */
  readonly access: Access;
  /** For the HTTP interface: the broker as strangers reach it, and who they are. */
  readonly http: {
    readonly broker: ExecutionBroker;
    readonly requesterOf: Access['requesterOf'];
    readonly challenges: (error: BrokerError, base: string) => string | undefined;
  };
}

export function openAccess(ground: AccessGround): OpenedAccess {
  const { broker, senderOf, baseUrlOf, accounts, tokens, audit, clock, config, calendar, drain, policies, keptStorages } = ground;
  const auditor = new Auditor(config.audit.enabled ? audit : silent(audit), clock);
  const authenticator = openIdentity({ ...ground, watch: auditor });
  const { enabled, longest, most } = config.tokens;
  const requesterOf: Access['requesterOf'] = async (request) => {
    const sender = senderOf(request);
    const requester = await authenticator.identify(sender);
    return ground.ownTokens?.note(requester, sender) ?? requester;
  };
  return {
    access: {
      authenticator, requesterOf, baseUrlOf, store: accounts, clock, issuers: config.issuers, tokens, tokenRules: { enabled, longest: lengthOf(longest), most }, audit, auditor,
      ...(calendar ? { calendar } : {}), ...(drain ? { drain } : {}), ...(policies ? { policies } : {}), ...(keptStorages ? { keptStorages } : {}),
    },
    http: { broker: new AuditedBroker(new ScopedBroker(broker), auditor), requesterOf, challenges: (error, base) => authenticator.challenges(error, base) },
  };
}

/** What was recorded before can still be read. */
function silent(log: AuditLog): AuditLog {
  return { append: () => Promise.resolve(), find: (query) => log.find(query), verify: (known) => log.verify(known), prune: (rule, at) => log.prune(rule, at) };
}
