/** What a kind can't do without. v1.0 requires none of it, so its absence is answered NO, by path. */
import type { ExecutionRequest, Kind } from '#model';
import { canonicalKind, kinds } from '#model';
import type { Faults } from '../faults.js';

/** Each entry is one need; any one of its paths meets it, and the first is named where none does. */
const needs: ReadonlyMap<Kind, readonly (readonly string[])[]> = new Map([
  [kinds.singularityContainer, [['location']]],
  [kinds.jupyterNotebook, [['location']]],
  [kinds.helmChart, [['chart']]],
  [kinds.s3Data, [['bucket'], ['endpoint', 'template']]],
  [kinds.rucioData, [['rucio.scope'], ['rucio.object']]],
  [kinds.ivoaData, [['ivoa.ivoid', 'ivoa.datalink.access_url', 'ivoa.obscore.access_url', 'ivoa.obscore.obs_publisher_did']]],
  [kinds.skaoData, [['skao.namespace'], ['skao.objectname']]],
]);

export function checkNeededParts(request: ExecutionRequest, faults: Faults): void {
  if (request.executable) checkOne(request.executable, 'executable', faults);
  (request.data ?? []).forEach((part, index) => { checkOne(part, `data[${index}]`, faults); });
}

function checkOne(part: { readonly kind: Kind }, at: string, faults: Faults): void {
  for (const paths of needs.get(canonicalKind(part.kind ?? '')) ?? []) {
    if (paths.some((path) => isWritten(part, path))) continue;
    const others = paths.length > 1 ? `write it, or ${paths.slice(1).join(' or ')}` : 'write it';
    faults.add('missing', `${at}.${paths[0] ?? ''}`, 'is missing', others);
  }
}

function isWritten(part: unknown, path: string): boolean {
  const value = path.split('.').reduce<unknown>((at, name) => (at as Readonly<Record<string, unknown>> | undefined)?.[name], part);
  return typeof value === 'string' && value !== '';
}
