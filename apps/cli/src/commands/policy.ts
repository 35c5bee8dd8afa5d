import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { PolicyTrial } from '#model';
import { reasonText } from '#model';
import type { WirePolicyTrial } from '#client';
import { faultText } from '#runtime';
import { exits, UsageError } from '../exit.js';
import { readRequest } from '../request.js';
import type { RequestFlags } from '../request.js';
import type { Session } from '../settings.js';

/** What the node's own code says: loaded only when needed, as it brings Nest and every plugin along. */
type Checker = typeof import('../../../broker/src/checking/policy-check.js');

/** Exit 0 when every case holds, 1 when one does not or the files are faulty. */
export async function testPolicies(session: Session, file: string): Promise<number> {
  const checker: Checker = await import('../../../broker/src/checking/policy-check.js');
  const tested = await checker.testPolicies(file, session.terminal.env);
  if (!tested.ok) return showFaults(session, tested.faults);
  const failed = tested.value.filter(({ wrong }) => wrong.length > 0);
  session.answer(tested.value, () => [
    ...tested.value.map(({ name, wrong, trial }) => (wrong.length === 0 ? `ok    ${name}\n` : `FAIL  ${name}: ${wrong.join('; ')}\n${drawTrial(plain(trial), '        ')}`)),
    `${tested.value.length - failed.length} passed, ${failed.length} failed\n`,
  ].join(''));
  return failed.length === 0 ? exits.done : exits.refused;
}

export interface TryFlags extends RequestFlags { readonly as: string; readonly config?: string }

/** Exit 0 when the request would be allowed, 1 when it would be denied. Nothing is held. */
export async function tryPolicies(session: Session, file: string | undefined, flags: TryFlags, words: readonly string[]): Promise<number> {
  const request = await readRequest(file, flags, words, session.terminal);
  const as = await readSomebody(flags.as);
  const trial = flags.config === undefined ? await (await session.client()).tryPolicies({ as, request }) : await withConfiguration(session, flags.config, { as, request });
  if (trial === undefined) return exits.refused;
  session.answer(trial, () => `${trial.result}\n${drawTrial(trial, '  ')}`);
  return trial.result === 'deny' ? exits.refused : exits.done;
}

async function withConfiguration(session: Session, file: string, { as, request }: { readonly as: string | object; readonly request: Parameters<Checker['tryConfiguration']>[1]['request'] }): Promise<WirePolicyTrial | undefined> {
  const checker: Checker = await import('../../../broker/src/checking/policy-check.js');
  const asked = typeof as === 'string' ? { as: {}, name: as, request } : { as, request };
  const tried = await checker.tryConfiguration(file, asked, session.terminal.env);
  if (tried.ok) return plain(tried.value);
  showFaults(session, tried.faults);
  return undefined;
}

function showFaults(session: Session, faults: readonly Parameters<typeof faultText>[0][]): number {
  session.terminal.err(faults.map((fault) => `${faultText(fault)}\n`).join(''));
  return exits.refused;
}

/** A name, or a document with id, realm, groups and scopes: `@FILE`, or written in place as YAML. */
async function readSomebody(text: string): Promise<string | object> {
  const written = text.startsWith('@') ? await readFile(text.slice(1), 'utf8').catch((error: NodeJS.ErrnoException) => { throw new UsageError(`can't read ${text.slice(1)}: ${error.code ?? error.message}`); }) : text;
  const value: unknown = parse(written, { maxAliasCount: 10 });
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new UsageError(`--as '${text}' says nobody`, "write the name of an account, '{realm: srcnet, groups: [a]}', or @FILE");
}

function plain({ version, result, reasons, verdicts, pools }: PolicyTrial): WirePolicyTrial {
  return {
    version, result, reasons: reasons.map(reasonText), pools: Object.entries(pools).map(([pool, verdict]) => ({ pool, verdict })),
    verdicts: verdicts.map(({ reasons: why, facts, ...rest }) => ({ ...rest, reasons: why.map(reasonText), facts: Object.entries(facts).map(([name, value]) => ({ name, value: typeof value === 'string' ? value : JSON.stringify(value) })) })),
  };
}

const marks: Readonly<Record<string, string>> = { allow: '+', deny: '-', limit: '<', warn: '!' };

function drawTrial({ version, verdicts, pools }: WirePolicyTrial, indent: string): string {
  const lines = verdicts.flatMap(({ policy, pool, verdict, reasons, facts }) => [
    `${marks[verdict] ?? ' '} ${pool === undefined ? policy : `${policy} of pool ${pool}`}: ${verdict}`,
    ...reasons.map((text) => `    ${text}`), ...facts.map(({ name, value }) => `    ${name} ${value}`),
  ]);
  const shares = pools.map(({ pool, verdict }) => `pool ${pool}: ${verdict === 'deny' ? 'closed' : 'open'}`);
  return [...lines, ...shares, `policies ${version}`].map((line) => `${indent}${line}\n`).join('');
}
