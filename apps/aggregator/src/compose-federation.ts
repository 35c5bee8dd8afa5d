/** What the port of an aggregator stands on: members, what is known of them, and the reconciler. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { Agent } from 'undici';
import { Ground, OnBehalfSigner, Reconciler, rankings } from '#federation';
import type { MemberAdministration, Trail } from '#federation';
import { sessionTypeFaults } from '#http-api';
import type { Clock, Log } from '#model';
import type { Persistence } from '#persistence';
import { lengthOf } from '#runtime';
import type { Environment } from '#runtime';
import type { AggregatorConfig } from './aggregator.config.js';
import type { LoadedConfig } from './load-config.js';
import { Addresses } from './members/addresses.js';
import { bookFor, composeMembers } from './members/compose-members.js';
import { MemberMaker } from './members/make-member.js';
import { signingKeys } from './members/signing-key.js';
import { makeRanker } from './ranking/make-ranker.js';
import { orderOf } from './ranking/ranking.config.js';

export interface FederationSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly environment: Environment;
  /** Where the signing key is kept; left out: a new one at each start. */
  readonly stateFolder?: string;
  /** Members are read anew when it changes. */
  readonly file?: string;
  readonly persistence: Persistence;
  /** What came with the request that is served now. */
  trail(): Trail;
}

export interface ComposedFederation {
  readonly ground: Ground;
  readonly reconciler: Reconciler;
  readonly administration: MemberAdministration;
  readonly signer: OnBehalfSigner;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

export async function composeFederation(config: LoadedConfig, around: FederationSurroundings): Promise<ComposedFederation> {
  const { clock, log, persistence, environment, trail } = around;
  const settings = settingsOf(config);
  const keys = await signingKeys(config.federation.signingKey, around.stateFolder);
  const signer = await OnBehalfSigner.of(keys, { issuer: config.aggregator.name, clock, newUuid: randomUUID });
  if (config.federation.signingKey === undefined && speaksForOthers(config)) log.info("assertions are signed with a key of this replica's own; where there are several, give all of them the same as federation.signingKey");
  const dispatcher = agentOf(config, clock);
  const book = bookFor(config);
  const ranker = makeRanker(config.federation.ranking, config.rankingPlugin, { clock, log });
  const ground = new Ground({ settings, ...(ranker ? { ranker } : {}), store: persistence.federation, members: book, dispatcher, clock, log, trail, newUuid: randomUUID, typeFault: sessionTypeFaults() });
  const maker = new MemberMaker({ named: config.credentials, signer, dispatcher, clock, within: settings.callWithin });
  const members = await composeMembers({ config, book, ground, store: persistence.members, maker, clock, log, environment, ...(around.file === undefined ? {} : { file: around.file }) });
  const reconciler = new Reconciler(ground);
  return {
    ground, reconciler, signer, administration: members.administration,
    close: async () => {
      const stopping = [members.stop(), reconciler.stop()];
      // What waits for a member now shall not be waited for.
      await dispatcher.destroy();
      await Promise.all(stopping);
      await ground.close();
    },
  };
}

function speaksForOthers({ federation, members, registers }: AggregatorConfig): boolean {
  return federation.onBehalf || members.some((one) => one.onBehalf) || registers.some((one) => one.members.onBehalf);
}

/** Certificates are always verified; a private authority counts besides the public ones. */
function agentOf({ federation }: AggregatorConfig, clock: Clock): Agent {
  const { lookup } = new Addresses(clock);
  const trusted = federation.certificates === undefined ? {} : { ca: [...rootCertificates, readFileSync(federation.certificates, 'utf8')] };
  return new Agent({ connect: { ...trusted, lookup }, keepAliveTimeout: 10_000 });
}

function settingsOf({ aggregator, federation }: AggregatorConfig): Ground['parts']['settings'] {
  const { deadline, lateFor, callWithin, expiryMargin, mostOffers, keepAnswers, pruneFrom, mostAsked, ranking } = federation;
  return {
    name: aggregator.name, deadline: lengthOf(deadline), lateFor: lengthOf(lateFor), callWithin: lengthOf(callWithin),
    expiryMargin: lengthOf(expiryMargin), mostOffers, keepAnswers: lengthOf(keepAnswers), pruneFrom, mostAsked, ranking: rankings[orderOf(ranking)],
  };
}
