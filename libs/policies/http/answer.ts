/** What an engine says, as a verdict. Whatever is not exactly what is expected denies. */
import type { Milliseconds, Reason, Resources } from '#model';
import { parseDuration, reason } from '#model';
import type { Verdict } from '#plugin-sdk';

/** OPA's data API: `{"result": …}`; an undefined decision has no result at all, and is a denial. */
export function verdictOf(document: unknown, name: string): Verdict {
  if (!isObject(document)) return nonsense(name, 'no object');
  const { result } = document;
  if (result === undefined) return denial([reason('engine-undefined', '{engine} has no decision for this, which is a denial', { engine: name })]);
  if (result === true) return { kind: 'allow' };
  if (result === false) return denial([reason('engine', '{engine} does not allow this', { engine: name })]);
  return isObject(result) ? verdictOfObject(result, name) : nonsense(name, 'a result that is neither true nor false nor an object');
}

function verdictOfObject(result: Readonly<Record<string, unknown>>, name: string): Verdict {
  const [denied, warned] = [textsOf(result['deny']), textsOf(result['warn'])];
  const [resources, longest] = [amountsOf(result['limits']), lengthOf(result['longest'])];
  if (typeof result['allow'] !== 'boolean') return nonsense(name, 'no allow that is true or false');
  if (!denied || !warned) return nonsense(name, 'deny or warn that are no texts');
  if (resources === 'nonsense' || longest === 'nonsense') return nonsense(name, 'limits or longest that are no amounts or durations');
  const say = (text: string): Reason => reason('engine', '{say} (said by {engine})', { say: text, engine: name });
  if (denied.length > 0) return denial(denied.map(say));
  if (!result['allow']) return denial([reason('engine', '{engine} does not allow this', { engine: name })]);
  return allowed(name, warned.map(say), { resources, longest });
}

function allowed(name: string, warnings: readonly Reason[], { resources, longest }: { readonly resources: Resources | undefined; readonly longest: Milliseconds | undefined }): Verdict {
  const limits = { ...(resources ? { resources } : {}), ...(longest === undefined ? {} : { longest }) };
  if (Object.keys(limits).length > 0) return { kind: 'limit', reason: reason('engine', '{engine} limits this', { engine: name }), warnings, ...limits };
  const [first, ...others] = warnings;
  return first ? { kind: 'warn', reason: first, others } : { kind: 'allow' };
}

function denial([first, ...others]: readonly Reason[]): Verdict {
  return { kind: 'deny', reason: first ?? reason('engine', 'not allowed'), others };
}

function nonsense(name: string, what: string): Verdict {
  return denial([reason('engine-nonsense', '{engine} gave an answer that can not be understood ({what}), which is a denial', { engine: name, what }, { level: 'ERROR' })]);
}

const mostTexts = 20;

/** Undefined where there is something else than texts. OPA's sets come as lists. */
function textsOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return [];
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? (value as string[]).slice(0, mostTexts).map((text) => text.slice(0, 500)) : undefined;
}

function amountsOf(value: unknown): Resources | undefined | 'nonsense' {
  if (value === undefined) return undefined;
  if (!isObject(value)) return 'nonsense';
  return Object.values(value).every((amount) => Number.isInteger(amount) && (amount as number) >= 0) ? value as Resources : 'nonsense';
}

function lengthOf(value: unknown): Milliseconds | undefined | 'nonsense' {
  if (value === undefined) return undefined;
  const parsed = typeof value === 'string' ? parseDuration(value, 0) : undefined;
  return parsed?.ok === true ? parsed.value : 'nonsense';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
