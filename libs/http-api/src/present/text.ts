/**
 * The same documents as present* make, as JSON text at once. Offers of one set share most of what they say (what is run, the
 * prices, the messages); such parts are written once and the text is used again. Answers to v1.0 clients are full documents, so
 * that this is most of the work of an answer.
 */
import { formatDuration, formatInstant, formatInterval, kinds } from '#model';
import type { ClientMeta, OfferSet, Option, Placed, PlacedCompute, Schedule, Session } from '#model';
import { volumesOf } from './components.js';
import { MembersWriter } from './members-text.js';
import type { Spec } from './members-text.js';
import { messagesText, quoted, textOf } from './message-text.js';
import { lifeMessages, presentMessage, presentOption } from './notes.js';
import { offerSetUrl, sessionUrl } from './session.js';

/** Remembers the last text: neighbours share parts, and a comparison is cheaper than any table. */
function again<Value>(write: (value: Value) => string): (value: Value) => string {
  let last: { readonly value: Value; readonly text: string } | undefined;
  return (value) => {
    if (last?.value !== value) last = { value, text: write(value) };
    return last.text;
  };
}

type AnyPlaced = Placed<{ readonly meta?: ClientMeta }>;

/** What the session gives to its components, whatever clients may have written there. */
const given: ReadonlySet<string> = new Set(['meta', 'phase', 'schedule']);
const mounted: ReadonlySet<string> = new Set([...given, 'volumes']);

/** What is the same for every offer is one object, as the choice of phases; amounts differ. */
function optionsText(options: readonly Option[]): string {
  return `[${options.map((one) => (one.kind === 'integer' || one.kind === 'delta' ? textOf(presentOption(one)) : sameOption(one))).join(',')}]`;
}

const optionTexts = new WeakMap<Option, string>();

function sameOption(of: Option): string {
  const text = optionTexts.get(of) ?? textOf(presentOption(of));
  optionTexts.set(of, text);
  return text;
}

function scheduleText({ preparing, available, releasing }: Schedule): string {
  return `{"preparing":{"start":"${formatInstant(preparing.start)}","duration":"${formatDuration(preparing.duration)}"},`
    + `"available":{"start":"${formatInterval(available.start)}","duration":"${formatDuration(available.duration)}"},`
    + `"releasing":{"start":"${formatInstant(releasing.start)}","duration":"${formatDuration(releasing.duration)}"}}`;
}

/** JSON of what `presentOfferSet` makes. */
export function offerSetText(of: OfferSet, base: string): string {
  const writer = new SessionWriter(base);
  const name = of.name === undefined ? '' : `"name":${quoted(of.name)},`;
  const messages = of.messages.length === 0 ? '' : `,"messages":${messagesText(of.messages)}`;
  const meta = `"uuid":${quoted(of.id)},${name}"url":${quoted(offerSetUrl(of.id, base))},"created":"${formatInstant(of.created)}","modified":"${formatInstant(of.modified)}"${messages}`;
  return `{"kind":"${kinds.offerSet}","meta":{${meta}},"result":"${of.result}","offers":[${writer.sessions(of.offers)}]}`;
}

/** JSON of what `presentSession` makes. */
export function sessionText(of: Session, base: string): string {
  return new SessionWriter(base).session(of);
}

/** JSON of what `presentSessions` makes. */
export function sessionsText(of: readonly Session[], base: string): string {
  const writer = new SessionWriter(base);
  return `{"sessions":[${writer.sessions(of)}]}`;
}

class SessionWriter {
  private readonly costs = again<Session['costs']>(textOf);
  private readonly metrics = again<Session['metrics']>(textOf);
  private readonly messages = again(messagesText);
  private readonly options = again<readonly Option[]>(optionsText);
  private readonly connectors = again<Session['connectors']>(textOf);
  private readonly schedule = again(scheduleText);
  private readonly executable = new MembersWriter(given);
  private readonly unmounted = new MembersWriter(given);
  private readonly withMounts = new MembersWriter(mounted);
  private readonly storage: MembersWriter[] = [];
  private readonly data: MembersWriter[] = [];

  constructor(private readonly base: string) {}

  /** Not joined: that would copy what is copied once more when it is sent. */
  sessions(of: readonly Session[]): string {
    let text = '';
    for (const session of of) text += text === '' ? this.session(session) : `,${this.session(session)}`;
    return text;
  }

  session(of: Session): string {
    const costs = of.costs.length === 0 ? '' : `,"costs":${this.costs(of.costs)}`;
    const metrics = of.metrics.length === 0 ? '' : `,"metrics":${this.metrics(of.metrics)}`;
    const storage = of.storage.length === 0 ? '' : `,"storage":[${this.components(of.storage, this.storage)}]`;
    const data = of.data.length === 0 ? '' : `,"data":[${this.components(of.data, this.data)}]`;
    const connectors = of.connectors.length === 0 ? '[]' : this.connectors(of.connectors);
    return `{"kind":"${kinds.scheduledSession}","meta":${this.meta(of)}${costs}${metrics},"phase":${quoted(of.phase)},"expires":"${formatInstant(of.expires)}",`
      + `"executable":${this.component(of.executable, this.executable)},"compute":${this.compute(of.compute)}${storage}${data},"connectors":${connectors},"schedule":${this.schedule(of.schedule)}}`;
  }

  private meta(of: Session): string {
    const name = of.name === undefined ? '' : `"name":${quoted(of.name)},`;
    const life = lifeMessages(of);
    const messages = life.length > 0 ? textOf([...of.messages.map(presentMessage), ...life]) : of.messages.length > 0 ? this.messages(of.messages) : '';
    const options = of.options.length === 0 ? '' : `,"options":${this.options(of.options)}`;
    return `{"uuid":${quoted(of.id)},${name}"url":${quoted(sessionUrl(of, this.base))},"created":"${formatInstant(of.created)}","modified":"${formatInstant(of.modified)}"`
      + `${messages === '' ? '' : `,"messages":${messages}`}${options}}`;
  }

  private compute(of: PlacedCompute): string {
    if (of.volumes.length === 0) return this.component(of, this.unmounted);
    return `{${this.withMounts.text(of.spec as unknown as Spec)}${this.life(of)},"volumes":${textOf(volumesOf(of))}}`;
  }

  /** Each place has a writer of its own: neighbours are the same place of other offers. */
  private components(of: readonly AnyPlaced[], writers: MembersWriter[]): string {
    return of.map((one, place) => this.component(one, (writers[place] ??= new MembersWriter(given)))).join(',');
  }

  private component(of: AnyPlaced, writer: MembersWriter): string {
    return `{${writer.text(of.spec as Spec)}${this.life(of)}}`;
  }

  private life({ id, phase, schedule, spec: { meta }, messages }: AnyPlaced): string {
    const name = meta?.name === undefined ? '' : `,"name":${quoted(meta.name)}`;
    const description = meta?.description === undefined ? '' : `,"description":${quoted(meta.description)}`;
    const told = messages.length === 0 ? '' : `,"messages":${messagesText(messages)}`;
    return `"phase":${quoted(phase)},"schedule":${this.schedule(schedule)},"meta":{"uuid":${quoted(id)}${name}${description}${told}}`;
  }
}
