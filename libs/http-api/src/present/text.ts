/**
 * The same documents as present* make, as JSON text at once. Offers of one set share most of what they say (what is run, the
 * prices, the messages); such parts are written once and the text is used again. Answers to v1.0 clients are full documents, so
 * that this is most of the work of an answer.
 */
import { formatInstant, kinds, reasonText } from '#model';
import type { ClientMeta, Message, OfferSet, Option, Placed, PlacedCompute, Schedule, Session } from '#model';
import { presentSchedule, volumesOf } from './components.js';
import { lifeMessages, presentMessage, presentOption } from './notes.js';
import { offerSetUrl, sessionUrl } from './session.js';

const textOf = (value: unknown): string => JSON.stringify(value);

/** Text that stands for itself between quotes, as identifiers and URLs do; asking costs less than escaping. */
const plain = /^[ !#-[\]-~]*$/;
const quoted = (text: string): string => (plain.test(text) ? `"${text}"` : textOf(text));

/** Remembers the last text: neighbours share parts, and a comparison is cheaper than any table. */
function again<Value>(write: (value: Value) => string): (value: Value) => string {
  let last: { readonly value: Value; readonly text: string } | undefined;
  return (value) => {
    if (last?.value !== value) last = { value, text: write(value) };
    return last.text;
  };
}

type Spec = Readonly<Record<string, unknown>>;
type AnyPlaced = Placed<{ readonly meta?: ClientMeta }>;

/** Members of a component but for those that the session gives it; ends with a comma unless there are none. */
function membersText({ meta: _meta, phase: _phase, schedule: _schedule, ...own }: Spec): string {
  const text = textOf(own).slice(1, -1);
  return text === '' ? '' : `${text},`;
}

function unmounted({ volumes: _volumes, ...own }: Spec): Spec {
  return own;
}

/** JSON of what `presentMessage` makes. */
export function messageText(of: Message): string {
  const { kind, level, template, values, path, time } = of;
  let told = path === undefined ? '' : `"path":${quoted(path)}`;
  for (const [name, value] of Object.entries(values)) {
    if (name !== 'path' || path === undefined) told += `${told === '' ? '' : ','}${quoted(name)}:${quoted(value)}`;
  }
  return `{"time":"${formatInstant(time)}","kind":${quoted(kind)},"level":${quoted(level)},"template":${quoted(template)},"values":{${told}},"message":${quoted(reasonText(of))}}`;
}

function messagesText(messages: readonly Message[]): string {
  return `[${messages.map(messageText).join(',')}]`;
}

/** JSON of what `presentOfferSet` makes. */
export function offerSetText(of: OfferSet, base: string): string {
  const writer = new SessionWriter(base);
  const name = of.name === undefined ? '' : `"name":${quoted(of.name)},`;
  const messages = of.messages.length === 0 ? '' : `,"messages":${messagesText(of.messages)}`;
  const meta = `"uuid":${quoted(of.id)},${name}"url":${quoted(offerSetUrl(of.id, base))},"created":"${formatInstant(of.created)}","modified":"${formatInstant(of.modified)}"${messages}`;
  return `{"kind":"${kinds.offerSet}","meta":{${meta}},"result":"${of.result}","offers":[${of.offers.map((offer) => writer.session(offer)).join(',')}]}`;
}

/** JSON of what `presentSession` makes. */
export function sessionText(of: Session, base: string): string {
  return new SessionWriter(base).session(of);
}

/** JSON of what `presentSessions` makes. */
export function sessionsText(of: readonly Session[], base: string): string {
  const writer = new SessionWriter(base);
  return `{"sessions":[${of.map((session) => writer.session(session)).join(',')}]}`;
}

class SessionWriter {
  private readonly costs = again<Session['costs']>(textOf);
  private readonly metrics = again<Session['metrics']>(textOf);
  private readonly messages = again(messagesText);
  private readonly options = again<readonly Option[]>((options) => textOf(options.map(presentOption)));
  private readonly schedule = again<Schedule>((schedule) => textOf(presentSchedule(schedule)));
  private readonly executable = again<Spec>(membersText);

  constructor(private readonly base: string) {}

  session(of: Session): string {
    const costs = of.costs.length === 0 ? '' : `,"costs":${this.costs(of.costs)}`;
    const metrics = of.metrics.length === 0 ? '' : `,"metrics":${this.metrics(of.metrics)}`;
    const storage = of.storage.length === 0 ? '' : `,"storage":[${of.storage.map((one) => this.component(one)).join(',')}]`;
    const data = of.data.length === 0 ? '' : `,"data":[${of.data.map((one) => this.component(one)).join(',')}]`;
    const executable = `{${this.executable(of.executable.spec as unknown as Spec)}${this.life(of.executable)}}`;
    return `{"kind":"${kinds.scheduledSession}","meta":${this.meta(of)}${costs}${metrics},"phase":${quoted(of.phase)},"expires":"${formatInstant(of.expires)}",`
      + `"executable":${executable},"compute":${this.compute(of.compute)}${storage}${data},"connectors":${textOf(of.connectors)},"schedule":${this.schedule(of.schedule)}}`;
  }

  private meta(of: Session): string {
    const name = of.name === undefined ? '' : `"name":${quoted(of.name)},`;
    const life = lifeMessages(of);
    const messages = life.length > 0 ? textOf([...of.messages.map(presentMessage), ...life]) : of.messages.length > 0 ? this.messages(of.messages) : '';
    const options = of.options.length === 0 ? '' : `,"options":${this.options(of.options)}`;
    return `{"uuid":${quoted(of.id)},${name}"url":${quoted(sessionUrl(of.id, this.base))},"created":"${formatInstant(of.created)}","modified":"${formatInstant(of.modified)}"`
      + `${messages === '' ? '' : `,"messages":${messages}`}${options}}`;
  }

  private compute(of: PlacedCompute): string {
    if (of.volumes.length === 0) return this.component(of);
    return `{${membersText(unmounted(of.spec as unknown as Spec))}${this.life(of)},"volumes":${textOf(volumesOf(of))}}`;
  }

  private component(of: AnyPlaced): string {
    return `{${membersText(of.spec as Spec)}${this.life(of)}}`;
  }

  /** What the session gives to a component. */
  private life({ id, phase, schedule, spec: { meta }, messages }: AnyPlaced): string {
    const name = meta?.name === undefined ? '' : `,"name":${quoted(meta.name)}`;
    const description = meta?.description === undefined ? '' : `,"description":${quoted(meta.description)}`;
    const told = messages.length === 0 ? '' : `,"messages":${messagesText(messages)}`;
    return `"phase":${quoted(phase)},"schedule":${this.schedule(schedule)},"meta":{"uuid":${quoted(id)}${name}${description}${told}}`;
  }
}
