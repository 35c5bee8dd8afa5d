/** Data in files of the broker's own machine, only below configured roots. */
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataResource, Reason, ResolvedData } from '#model';
import { BrokerError, kinds, reason } from '#model';
import type { DataResolver, DataResolverPlugin, Resolution } from '#plugin-sdk';
import { checksumOf } from '../checksum.js';
import { fileNameOf } from '../file-name.js';
import { limited, tooLarge } from '../size-limit.js';
import type { FileConfig } from './config.js';
import { fileSchema, parseFileConfig } from './config.js';

export const filePlugin: DataResolverPlugin<FileConfig> = {
  name: 'file',
  schema: fileSchema,
  parseConfig: parseFileConfig,
  create: (config) => new FileResolver(config),
};

type Opened = { readonly file: FileHandle; readonly bytes: number } | { readonly refusal: Reason };

/** Says the same for a file outside the roots and for one that is not there, so that it can't be used to explore the machine. */
class FileResolver implements DataResolver {
  readonly kinds = [kinds.simpleData];

  constructor(private readonly config: FileConfig) {}

  claims(resource: DataResource): boolean {
    return resource.kind === kinds.simpleData && /^file:/i.test(resource.location ?? '');
  }

  async resolve(resource: DataResource): Promise<Resolution> {
    const { checksum, fault } = checksumOf(resource);
    if (fault) return { found: false, reasons: [fault] };
    const location = resource.location ?? '';
    const opened = await this.openBelowRoots(location);
    if ('refusal' in opened) return { found: false, reasons: [opened.refusal] };
    await opened.file.close();
    const { bytes } = opened;
    if (bytes > this.config.maxBytes) return { found: false, reasons: [tooLarge(bytes, this.config.maxBytes)] };
    const estimate = Math.ceil((bytes / (this.config.bandwidth * 1024 ** 2)) * 1000);
    return { found: true, locations: [location], bytes, estimate, fileName: fileNameOf(new URL(location).pathname), warnings: [], ...(checksum && { checksum }) };
  }

  async open(data: ResolvedData, signal: AbortSignal): ReturnType<DataResolver['open']> {
    signal.throwIfAborted();
    const opened = await this.openBelowRoots(data.locations[0] ?? '');
    if ('refusal' in opened) throw new BrokerError('not-found', 'caller', [opened.refusal]);
    const limit = limited(this.config.maxBytes);
    const source = opened.file.createReadStream({ signal });
    source.on('error', (fault) => limit.destroy(fault));
    limit.on('close', () => source.destroy());
    return { stream: source.pipe(limit), bytes: opened.bytes };
  }

  /** Opens first and checks what was opened: a path that is exchanged in between can't lead outside. */
  private async openBelowRoots(location: string): Promise<Opened> {
    const path = pathOf(location);
    if (path === undefined) return refused('location-malformed', "'{location}' is not a file URL of this machine; write file:///folder/file", location);
    if (/(^|[/\\])\.\.([/\\]|$)/.test(decoded(location))) return refused('location-malformed', "'{location}' contains '..'", location);
    const real = await missingAsUndefined(realpath(path));
    if (real === undefined || !(await this.isBelowRoot(real))) return refused('data-not-found', "'{location}' is not a file that this node offers", location);
    // O_NOFOLLOW: what realpath has resolved has no link at its end any more. O_NONBLOCK: a pipe must not hang us.
    const file = await missingAsUndefined(open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK));
    if (file === undefined) return refused('data-not-found', "'{location}' is not a file that this node offers", location);
    const facts = await file.stat();
    if (facts.isFile()) return { file, bytes: facts.size };
    await file.close();
    return refused('data-not-regular', "'{location}' is not a regular file", location);
  }

  private async isBelowRoot(real: string): Promise<boolean> {
    for (const root of this.config.roots) {
      const realRoot = await missingAsUndefined(realpath(root));
      if (realRoot !== undefined && real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) return true;
    }
    return false;
  }
}

function pathOf(location: string): string | undefined {
  if (!URL.canParse(location)) return undefined;
  const url = new URL(location);
  const isLocal = url.protocol === 'file:' && (url.hostname === '' || url.hostname === 'localhost');
  if (!isLocal || /%2f|%00/i.test(url.pathname)) return undefined;
  return /%(?![0-9a-f]{2})/i.test(url.pathname) ? undefined : fileURLToPath(`file://${url.pathname}`);
}

/** URL parsing takes `..` away, encoded or not, so the text as sent is looked at. */
function decoded(location: string): string {
  return location.replace(/%2e/gi, '.');
}

const absent = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENXIO', 'ENAMETOOLONG', 'EPERM']);

async function missingAsUndefined<T>(attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (fault) {
    if (absent.has((fault as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw fault;
  }
}

function refused(word: string, template: string, location: string): Opened {
  return { refusal: reason(word, template, { location }, { path: 'location' }) };
}
