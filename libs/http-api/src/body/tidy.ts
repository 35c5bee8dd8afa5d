import { malformed } from '../fault.js';

/** Deepest nesting of a body. */
export const deepest = 64;
/** Most values (numbers, texts, lists, objects) in a body. */
const mostNodes = 100_000;

export const refusedNames = new Set(['__proto__', 'constructor', 'prototype']);
const shortestRefused = 9;

/** Takes out members that are null (they count as absent) and refuses what could harm. Changes the value in place. */
export function tidy(value: unknown): void {
  visit(value, 1, { nodes: 0 });
}

function visit(each: unknown, depth: number, count: { nodes: number }): void {
  if (++count.nodes > mostNodes) throw malformed([{ path: '', fault: `the body has more than ${mostNodes} values`, fix: 'send a smaller document' }]);
  if (each === null || typeof each !== 'object') return;
  if (depth > deepest) throw tooDeep();
  if (Array.isArray(each)) {
    for (const item of each) visit(item, depth + 1, count);
    return;
  }
  const members = each as Record<string, unknown>;
  for (const name of Object.keys(members)) {
    if (isRefused(name)) throw refused(name);
    const value = members[name];
    if (value === null) delete members[name];
    else visit(value, depth + 1, count);
  }
}

/** Most names are shorter, and a length costs less than a look into a set. */
function isRefused(name: string): boolean {
  return name.length >= shortestRefused && refusedNames.has(name);
}

export function tooDeep(): Error {
  return malformed([{ path: '', fault: `the body is nested more than ${deepest} levels deep`, fix: 'send a flatter document' }]);
}

export function refused(name: string): Error {
  return malformed([{ path: name, fault: `the name '${name}' is not accepted`, fix: 'use another name' }]);
}
