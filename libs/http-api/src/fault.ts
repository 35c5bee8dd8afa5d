import { BrokerError, reason } from '#model';

/** One fault of the input. `path` is written as in `data[0].location`; empty means the whole body. */
export interface Fault { readonly path: string; readonly fault: string; readonly fix: string }

/** Most faults that one answer lists. */
const mostListed = 100;

/** The error of input that can't be read or has wrong types. Every fault becomes a reason with `fault` and `fix` in its values. */
export function malformed(faults: readonly Fault[]): BrokerError {
  return new BrokerError('malformed', 'caller', faults.slice(0, mostListed).map(({ path, fault, fix }) =>
    reason('malformed', path === '' ? '{fault}; {fix}' : '{path}: {fault}; {fix}', { fault, fix }, { path })));
}

/** JSON pointer (RFC 6901) → `data[0].location`. */
export function pathOf(pointer: string): string {
  const parts = pointer.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return parts.reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path === '' ? part : `${path}.${part}`), '');
}
