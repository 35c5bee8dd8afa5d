/** Words of a request as a pod takes them over. */
import type { V1EnvVar } from '@kubernetes/client-node';
import type { Plan, Reason, Executable } from '#model';
import { reason } from '#model';
import { secretName } from '../names.js';

/** Values of variables that are called so go into a Secret, which fewer may read than pods. */
const secretive = /pass|secret|token|credential|private|api_?key|access_?key/i;

const longestKey = 253;

export function environmentOf(executable: Executable): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(executable.environment ?? {}).map(([name, value]) => [name, String(value)]));
}

/** Key in the session's Secret → value; empty when nothing is secret. */
export function secretsOf(executable: Executable): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environmentOf(executable)).filter(([name]) => secretive.test(name)));
}

export function variablesOf(plan: Plan): V1EnvVar[] {
  const secrets = secretsOf(plan.executable);
  return Object.entries({ EB_SESSION: plan.session, ...environmentOf(plan.executable) }).map(([name, value]) => (
    name in secrets ? { name, valueFrom: { secretKeyRef: { name: secretName(plan.session), key: name } } } : { name, value: literal(value) }
  ));
}

/** Pods replace `$(NAME)` and `$$`; containers elsewhere don't. */
export function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}

/** Names of variables are keys of a Secret where their values are secret. */
function isName(name: string): boolean {
  return /^[A-Za-z_.-][A-Za-z0-9_.-]*$/.test(name) && name !== '.' && !name.startsWith('..') && (name.length <= longestKey || !secretive.test(name));
}

export function judgeWords(executable: Executable): readonly Reason[] {
  const bad = Object.entries(environmentOf(executable)).filter(([name, value]) => !isName(name) || value.includes('\0'));
  const odd = (executable.command ?? []).findIndex((word) => word.includes('\0'));
  return [
    ...bad.map(([name]) => reason('argument-malformed', "'{name}' can't be a variable of a container here", { name }, { path: `executable.environment.${name}` })),
    ...(odd < 0 ? [] : [reason('argument-malformed', 'the word is not text that a container can get', {}, { path: `executable.command[${odd}]` })]),
  ];
}
