/** Changing offers and sessions, and asking why an answer is as it is. */
import type { WireExplanation, WireExplanationStep, WireUpdate } from '#client';
import { messageText } from '#client';
import { parseDuration } from '#model';
import { exits, UsageError } from '../exit.js';
import { drawSession } from '../render/sessions.js';
import { readLength } from '../request-words.js';
import type { Session } from '../settings.js';

/** `+30m` is added to the length, `3h` sets it, shorter too. */
export async function extend(session: Session, uuid: string, length: string): Promise<number> {
  const isMore = length.startsWith('+');
  const duration = readLength(isMore ? length.slice(1) : length);
  const parsed = parseDuration(duration, 0);
  if (!parsed.ok) throw new UsageError(parsed.fault, 'write for example +30m or 3h');
  const seconds = Math.round(parsed.value / 1000);
  const update: WireUpdate = isMore ? { kind: 'uri:integer-delta-update', path: 'duration', delta: seconds, units: 'seconds' }
    : { kind: 'uri:string-value-update', path: 'duration', value: duration };
  return send(session, uuid, [update]);
}

/** `+10m` (or `-2m`) is added to the expiry of an offer; an instant sets it. */
export async function keep(session: Session, uuid: string, until: string): Promise<number> {
  const sign = until.startsWith('-') ? -1 : 1;
  if (!/^[+-]/.test(until)) return send(session, uuid, [{ kind: 'uri:string-value-update', path: 'expires', value: until }]);
  const parsed = parseDuration(readLength(until.slice(1)), 0);
  if (!parsed.ok) throw new UsageError(parsed.fault, 'write for example +10m, or 2030-06-03T09:00:00Z');
  return send(session, uuid, [{ kind: 'uri:integer-delta-update', path: 'expires', delta: sign * Math.round(parsed.value / 1000), units: 'seconds' }]);
}

export async function resize(session: Session, uuid: string, flags: { readonly cores?: string; readonly memory?: string }): Promise<number> {
  const updates = (['cores', 'memory'] as const).flatMap((name): WireUpdate[] => {
    const text = flags[name];
    if (text === undefined) return [];
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1) throw new UsageError(`--${name} '${text}' is not a whole number`);
    return [{ kind: 'uri:integer-value-update', path: `compute.${name}`, value }];
  });
  if (updates.length === 0) throw new UsageError('nothing is to be changed', 'give --cores or --memory');
  return send(session, uuid, updates);
}

async function send(session: Session, uuid: string, updates: readonly WireUpdate[]): Promise<number> {
  const client = await session.client();
  for (const update of updates.slice(0, -1)) await client.update(uuid, update);
  const changed = await client.update(uuid, updates.at(-1) as WireUpdate);
  session.answer(changed, () => drawSession(changed, session.look));
  return exits.done;
}

export async function explain(session: Session, uuid: string): Promise<number> {
  const client = await session.client();
  const explanation = await client.explanation(uuid);
  session.answer(explanation, () => drawExplanation(explanation));
  return exits.done;
}

const marks: Readonly<Record<string, string>> = { yes: '+', no: '-' };

function drawExplanation({ result, steps, left = 0 }: WireExplanation): string {
  const more = left > 0 ? `… and ${left} more\n` : '';
  return `answer: ${result}\n${steps.map(drawStep).join('')}${more}`;
}

function drawStep({ step, about, verdict, messages = [], facts = [] }: WireExplanationStep): string {
  const lines = [...messages.map(messageText), ...facts.map(({ name, value }) => `${name} ${value}`)];
  return `${marks[verdict] ?? ' '} ${step.padEnd(9)} ${about}\n${lines.map((line) => `              ${line}\n`).join('')}`;
}
