/** The members of an aggregator and what keeps knowledge of them fresh. */
import { MemberAdministration, MemberBook, RegisterWatch, administration } from '#federation';
import type { DescribedMember, Ground, Identify, MemberStore } from '#federation';
import type { Clock, Log } from '#model';
import { lengthOf, Periodic } from '#runtime';
import type { Environment } from '#runtime';
import type { AggregatorConfig } from '../aggregator.config.js';
import { ConfiguredMembers } from './configured-members.js';
import type { MembersSection } from './configured-members.js';
import type { MemberMaker } from './make-member.js';
import type { RegisterConfig } from './members.config.js';

/** Source of the members of the configuration file. */
export const configuration = 'configuration';

export interface MembersParts {
  readonly config: AggregatorConfig;
  readonly book: MemberBook;
  readonly ground: Ground;
  readonly store: MemberStore;
  readonly maker: MemberMaker;
  readonly clock: Clock;
  readonly log: Log;
  readonly environment: Environment;
  readonly file?: string;
}

export interface ComposedMembers {
  readonly administration: MemberAdministration;
  stop(): Promise<void>;
}

const lookEvery = 5_000;

export function bookFor({ registers }: AggregatorConfig): MemberBook {
  return new MemberBook([configuration, administration, ...registers.map((one) => one.url)]);
}

/** Resolves when the members are known, as far as they can be: registers that are away are asked again later. */
export async function composeMembers(parts: MembersParts): Promise<ComposedMembers> {
  const { config, book, ground, store, maker, clock, log } = parts;
  const take = ({ members, credentials }: MembersSection): void => {
    maker.know(credentials);
    book.set(configuration, members.map((one) => maker.member(one, one)));
  };
  take(config);
  const admin = new MemberAdministration({ ground, book, store, make: ({ credentials, ...one }: DescribedMember) => maker.member(one, { ...(credentials === undefined ? {} : { credentials }), onBehalf: config.federation.onBehalf }) });
  await admin.refresh();
  const watches = config.registers.map((one) => ({ watch: watchOf(one, parts), every: lengthOf(one.every) }));
  await Promise.all(watches.map(({ watch }) => watch.look()));
  const rhythm = { clock, log };
  const tasks = [
    new Periodic({ pause: lookEvery, failed: 'changes of members could not be read; tried again in a moment', ...rhythm }, () => admin.refresh()),
    new Periodic({ pause: lengthOf(config.federation.digestEvery), failed: 'digests could not be read; tried again in a moment', ...rhythm }, () => ground.knowledge.look()),
    ...watches.map(({ watch, every }) => new Periodic({ pause: every, failed: 'a register could not be read; tried again later', ...rhythm }, () => watch.look())),
    ...fileTasks(parts, take),
  ];
  for (const task of tasks) task.start();
  return { administration: admin, stop: async () => { await Promise.all(tasks.map((task) => task.stop())); } };
}

function fileTasks({ file, config, environment, log, clock }: MembersParts, take: (changed: MembersSection) => void): readonly Periodic[] {
  if (file === undefined) return [];
  const configured = new ConfiguredMembers({ file, environment, log, used: config, take });
  return [new Periodic({ pause: lookEvery, failed: 'the configuration file could not be looked at; tried again in a moment', clock, log }, () => configured.look())];
}

function watchOf(config: RegisterConfig, { book, store, maker, clock, log, ground }: MembersParts): RegisterWatch {
  const { url, form, service, every, identity, members } = config;
  const identify: Identify = maker.identify(identity);
  const { dispatcher, settings } = ground.parts;
  return new RegisterWatch(
    { url, form, service, every: lengthOf(every), identify: () => identify(undefined), make: (one) => maker.member(one, members) },
    { book, store, dispatcher, clock, log, callWithin: settings.callWithin },
  );
}
