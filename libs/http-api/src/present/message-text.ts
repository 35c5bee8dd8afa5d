/** JSON of messages, written by hand. Nearly every answer has some, of few templates: each is taken apart once. */
import { formatInstant, reasonText } from '#model';
import type { Message } from '#model';

export const textOf = (value: unknown): string => JSON.stringify(value);

/** Text that stands for itself between quotes, as identifiers and URLs do; asking costs less than escaping. */
const plain = /^[ !#-[\]-~]*$/;
export const quoted = (text: string): string => (plain.test(text) ? `"${text}"` : textOf(text));
const betweenQuotes = (text: string): string => (plain.test(text) ? text : textOf(text).slice(1, -1));

/** A template as JSON, and what stands before, between and behind its places. */
interface Template { readonly text: string; readonly pieces: readonly string[]; readonly names: readonly string[] }

const templates = new Map<string, Template>();
/** Templates are written by programmers, but plugins could make some. */
const mostTemplates = 2_000;

function templateOf(text: string): Template {
  const known = templates.get(text);
  if (known) return known;
  if (templates.size >= mostTemplates) templates.clear();
  // A capture group stands in the result, so that pieces and names alternate.
  const parts = text.split(/\{([\w.-]+)\}/);
  const made = { text: quoted(text), pieces: parts.filter((_, index) => index % 2 === 0).map(betweenQuotes), names: parts.filter((_, index) => index % 2 === 1) };
  templates.set(text, made);
  return made;
}

/** JSON of what `presentMessage` makes. */
export function messageText(of: Message): string {
  const template = templateOf(of.template);
  return `{"time":"${formatInstant(of.time)}","kind":${quoted(of.kind)},"level":${quoted(of.level)},"template":${template.text},"values":{${valuesText(of)}},"message":"${filled(template, of)}"}`;
}

export function messagesText(messages: readonly Message[]): string {
  let text = '';
  for (const message of messages) text += text === '' ? messageText(message) : `,${messageText(message)}`;
  return `[${text}]`;
}

function valuesText({ values, path }: Message): string {
  let told = path === undefined ? '' : `"path":${quoted(path)}`;
  for (const name of Object.keys(values)) {
    if (name !== 'path' || path === undefined) told += `${told === '' ? '' : ','}${quoted(name)}:${quoted(values[name] ?? '')}`;
  }
  return told;
}

/** As `reasonText` fills it in. */
function filled({ pieces, names }: Template, of: Message): string {
  let text = pieces[0] ?? '';
  for (let place = 0; place < names.length; place += 1) {
    const name = names[place] ?? '';
    const value = name === 'path' ? of.path : of.values[name];
    text += (value === undefined ? `{${name}}` : betweenQuotes(value)) + (pieces[place + 1] ?? '');
  }
  // Two halves of a character may meet where a value begins.
  return text.includes('\\ud') ? betweenQuotes(reasonText(of)) : text;
}
