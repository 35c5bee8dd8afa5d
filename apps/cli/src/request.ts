/** The request of `eb ask` and `eb run`: a document from a file or stdin, flags laid over it. */
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { parse, YAMLParseError } from 'yaml';
import { kinds } from '#model';
import type { ComputeResource, Executable, ExecutionRequest, VolumeMount } from '#model';
import { UsageError } from './exit.js';
import { readData, readDurations, readMount, readPort, readRange, readStorage, readVariable, readWindow, splitWords } from './request-words.js';
import type { Terminal } from './terminal.js';

export interface RequestFlags {
  readonly name?: string;
  readonly image?: string;
  readonly entrypoint?: string;
  readonly command?: string;
  readonly cores?: string;
  readonly memory?: string;
  readonly duration?: string;
  readonly start?: readonly string[];
  readonly storage?: readonly string[];
  readonly data?: readonly string[];
  readonly mount?: readonly string[];
  readonly env?: readonly string[];
  readonly port?: readonly string[];
}

/** `words` stand behind `--` and are the command, word by word. */
export async function readRequest(file: string | undefined, flags: RequestFlags, words: readonly string[], terminal: Terminal): Promise<ExecutionRequest> {
  const written = file === undefined ? {} : await readDocument(file, terminal.input);
  const request = layFlags(written, flags, words, terminal);
  if (request.executable === undefined) {
    throw new UsageError('nothing to run', 'give a request file, --image NAME, or --command "node script.mjs"; eb ask --help shows examples');
  }
  return request;
}

async function readDocument(file: string, input: Readable): Promise<ExecutionRequest> {
  const text = file === '-' ? await readAll(input) : await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`can't read ${file}: ${error.code ?? error.message}`, 'FILE is a request in YAML or JSON; - is stdin, and the payload goes behind --');
  });
  try {
    const document: unknown = parse(text, { maxAliasCount: 100 });
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document as ExecutionRequest;
  } catch (error) {
    if (error instanceof YAMLParseError) throw new UsageError(`${file}: ${error.message}`, 'a request is a YAML or JSON document');
    throw error;
  }
  throw new UsageError(`${file} holds no request`, 'a request is a YAML or JSON document with an executable');
}

async function readAll(input: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of input) pieces.push(Buffer.from(piece as Uint8Array));
  return Buffer.concat(pieces).toString('utf8');
}

function layFlags(written: ExecutionRequest, flags: RequestFlags, words: readonly string[], terminal: Terminal): ExecutionRequest {
  const storage = [...(written.storage ?? []), ...(flags.storage ?? []).map(readStorage)];
  const data = [...(written.data ?? []), ...(flags.data ?? []).map(readData)];
  const requested = {
    ...written.schedule?.requested,
    ...(flags.duration === undefined ? {} : { duration: readDurations(flags.duration) }),
    ...(flags.start === undefined ? {} : { start: oneOrMany(flags.start.map((text) => readWindow(text, terminal.clock.now(), terminal.zone))) }),
  };
  const executable = executableOf(written.executable, flags, words);
  const compute = computeOf(written.compute, flags);
  return {
    ...written,
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(executable ? { executable } : {}), ...(compute ? { compute } : {}),
    ...(storage.length > 0 ? { storage } : {}), ...(data.length > 0 ? { data } : {}),
    ...(Object.keys(requested).length > 0 ? { schedule: { requested } } : {}),
  };
}

/** v1.0 has one window; a list goes out only where several were given. */
function oneOrMany(windows: readonly string[]): string | readonly string[] {
  return windows.length === 1 ? windows[0] ?? '' : windows;
}

function executableOf(written: Executable | undefined, flags: RequestFlags, words: readonly string[]): Executable | undefined {
  const command = words.length > 0 ? words : flags.command === undefined ? undefined : splitWords(flags.command);
  if (written === undefined && command === undefined && flags.image === undefined) return undefined;
  const base: Executable = written ?? { kind: flags.image === undefined ? kinds.localProcess : kinds.dockerContainer };
  return {
    ...base,
    ...(flags.name === undefined ? {} : { meta: { ...base.meta, name: flags.name } }),
    ...(flags.image === undefined ? {} : { kind: kinds.dockerContainer, image: imageOf(flags.image) }),
    ...(flags.entrypoint === undefined ? {} : { entrypoint: flags.entrypoint }),
    ...(command === undefined ? {} : { command }),
    ...(flags.env === undefined ? {} : { environment: { ...base.environment, ...Object.fromEntries(flags.env.map(readVariable)) } }),
    ...(flags.port === undefined ? {} : { network: { ports: flags.port.map(readPort) } }),
  };
}

/** `name:tag@sha256:…`: the digest goes to its own field. */
function imageOf(text: string): NonNullable<Executable['image']> {
  const [location = '', digest] = text.split('@');
  return { locations: [location], ...(digest === undefined ? {} : { digest }) };
}

function computeOf(written: ComputeResource | undefined, flags: RequestFlags): ComputeResource | undefined {
  const volumes: readonly VolumeMount[] = [...(written?.volumes ?? []), ...(flags.mount ?? []).map(readMount)];
  if (written === undefined && flags.cores === undefined && flags.memory === undefined && volumes.length === 0) return undefined;
  return {
    ...(written ?? { kind: kinds.simpleCompute }),
    ...(flags.cores === undefined ? {} : { cores: readRange(flags.cores, '--cores') }),
    ...(flags.memory === undefined ? {} : { memory: readRange(flags.memory, '--memory') }),
    ...(volumes.length > 0 ? { volumes } : {}),
  };
}
