/**
 * The most steps that an expression can take, counted on its tree before it is ever evaluated: macros run their body once for
 * each name of a list, so that nested ones multiply. CEL knows no other loops. Lists from outside are bounded by `mostNames`.
 */
import type { ASTNode } from '@marcbachmann/cel-js';
import { longestText, mostNames } from './environment.js';

/** An expression may take so many steps; a step is a few tens of nanoseconds. */
export const mostSteps = 20_000;

const macros: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** Undefined, or why the expression may not be used. */
export function whyTooDear(tree: ASTNode): string | undefined {
  const patterns = regexFaults(tree);
  if (patterns !== undefined) return patterns;
  const steps = stepsOf(tree);
  return steps > mostSteps ? `could take ${steps} steps, at most ${mostSteps} are allowed: nest fewer loops` : undefined;
}

function stepsOf(node: ASTNode): number {
  if (node.op === 'rcall' && macros.has(node.args[0])) {
    const [, list, body] = node.args;
    return stepsOf(list) + sizeOf(list) * body.reduce((sum, one) => sum + stepsOf(one), 1);
  }
  const own = node.op === 'in' || node.op === '==' || node.op === '!=' ? 8 : 1;
  return childrenOf(node).reduce((sum, child) => sum + stepsOf(child), own);
}

/** Most elements that the value of a node can have. */
function sizeOf(node: ASTNode): number {
  switch (node.op) {
    case 'list': case 'map': return node.args.length;
    case '+': return sizeOf(node.args[0]) + sizeOf(node.args[1]);
    case '?:': return Math.max(sizeOf(node.args[1]), sizeOf(node.args[2]));
    case 'rcall': return macros.has(node.args[0]) ? sizeOf(node.args[1]) : longestText;
    default: return mostNames;
  }
}

/** Regular expressions are literal, and such that matching needs no search: JavaScript's engine tries every way. */
function regexFaults(node: ASTNode): string | undefined {
  if (node.op === 'rcall' && node.args[0] === 'matches') return regexFault(node.args[2][0]);
  if (node.op === 'call' && node.args[0] === 'matches') return regexFault(node.args[1][1]);
  return childrenOf(node).map(regexFaults).find((one) => one !== undefined);
}

function regexFault(pattern: ASTNode | undefined): string | undefined {
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string') return 'matches() needs its pattern written out';
  const text = pattern.args;
  if (/\\[1-9k]|\(\?[=!<]/.test(text)) return `the pattern '${text}' looks back or ahead`;
  if (/\)[*+?{]/.test(text)) return `the pattern '${text}' repeats a group, which can take forever: write it without`;
  return (text.replace(/\\./g, '').match(/[*+]|\{\d*,/g) ?? []).length > 2 ? `the pattern '${text}' repeats more than twice, which can take forever` : undefined;
}

function childrenOf({ args }: ASTNode): readonly ASTNode[] {
  return nodesIn(args);
}

function nodesIn(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(nodesIn);
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : [];
}
