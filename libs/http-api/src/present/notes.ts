/** Messages and options, as they stand in the metadata of wire documents. */
import { formatInstant, reasonText } from '#model';
import type { Message, Option, Reason, Session } from '#model';
import type { Schemas } from '#openapi';

type WireMessage = Schemas['MessageItem'];
type WireOption = Schemas['AbstractOption'] & Readonly<Record<string, unknown>>;

export function presentReason(of: Reason): WireMessage {
  const values = of.path === undefined ? of.values : { ...of.values, path: of.path };
  return { kind: of.kind, level: of.level, template: of.template, values, message: reasonText(of) };
}

export function presentMessage(of: Message): WireMessage {
  return { time: formatInstant(of.time), ...presentReason(of) };
}

/** v1.0 has no field for how the payload ended and how far it is; messages of our own say it. */
export function lifeMessages(of: Session): readonly WireMessage[] {
  const messages: WireMessage[] = [];
  if (of.progress && of.outcome === undefined) {
    const { what, done, total, unit } = of.progress;
    const values = { what, done: String(done), unit, ...(total !== undefined && { total: String(total) }) };
    messages.push(presentMessage({ kind: progressMessage, level: 'INFO', template: total === undefined ? '{what}: {done} {unit}' : '{what}: {done} of {total} {unit}', values, time: of.modified }));
  }
  if (of.outcome !== undefined) {
    const values = { outcome: of.outcome, ...(of.exitCode !== undefined && { exitCode: String(of.exitCode) }) };
    messages.push(presentMessage({ kind: outcomeMessage, level: 'INFO', template: of.exitCode === undefined ? 'the payload: {outcome}' : 'the payload: {outcome}, exit code {exitCode}', values, time: of.modified }));
  }
  return messages;
}

/** Kind of the message that tells how the payload ended; its values: outcome, exitCode. */
export const outcomeMessage = 'urn:execution-broker:message:outcome';
/** Kind of the message that tells how far the current phase is; its values: what, done, total, unit. */
export const progressMessage = 'urn:execution-broker:message:progress';

export function presentOption(of: Option): WireOption {
  if (of.kind === 'enum') return { kind: 'uri:enum-value-option', path: of.path, values: of.values };
  if (of.kind === 'string') return { kind: 'uri:string-value-option', path: of.path, ...(of.pattern !== undefined && { pattern: of.pattern }) };
  const { kind, path, min, max, units } = of;
  return {
    kind: kind === 'integer' ? 'uri:integer-value-option' : 'uri:integer-delta-option', path,
    ...(min !== undefined && { min }), ...(max !== undefined && { max }), ...(units !== undefined && { units }),
  };
}
