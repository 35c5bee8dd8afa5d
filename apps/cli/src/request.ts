/** The request of `eb ask` and `eb run`: a document from a file or stdin, flags laid over it. */
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { parse, YAMLParseError } from 'yaml';
import { kinds } from '#model';
import type { ComputeResource, Executable, ExecutionRequest, VolumeMount } from '#model';
import { UsageError } from './exit.js';
import { readAccelerator, readData, readDurations, readMount, readPort, readRange, readStorage, readVariable, readWindow, splitWords } from './request-words.js';
import type { Terminal } from './terminal.js';

export interface RequestFlags {
  readonly name?: string;
  readonly image?: string;
  readonly entrypoint?: string;
  readonly command?: string;
  readonly cores?: string;
  readonly memory?: string;
  readonly accelerator?: readonly string[];
  readonly nodes?: string;
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
  const windows = flags.start?.map((text) => readWindow(text, terminal.clock.now(), terminal.zone));
  const requested = {
    ...written.schedule?.requested,
    ...present({ duration: ifGiven(flags.duration, readDurations), start: ifGiven(windows, oneOrMany) }),
  };
  const laid = present({
    name: flags.name,
    executable: executableOf(written.executable, flags, words),
    compute: computeOf(written.compute, flags),
    storage: ifGiven(flags.storage, (texts) => [...(written.storage ?? []), ...texts.map(readStorage)]),
    data: ifGiven(flags.data, (texts) => [...(written.data ?? []), ...texts.map(readData)]),
  });
  return { ...written, ...laid, ...(Object.keys(requested).length > 0 ? { schedule: { requested } } : {}) };
}

/** v1.0 has one window; a list goes out only where several were given. */
function oneOrMany(windows: readonly string[]): string | readonly string[] {
  return windows.length === 1 ? windows[0] ?? '' : windows;
}

function executableOf(written: Executable | undefined, flags: RequestFlags, words: readonly string[]): Executable | undefined {
  const command = words.length > 0 ? words : ifGiven(flags.command, splitWords);
  if (written === undefined && command === undefined && flags.image === undefined) return undefined;
  const base: Executable = written ?? { kind: kinds.localProcess };
  return {
    ...base,
    ...present({
      kind: ifGiven(flags.image, () => kinds.dockerContainer),
      meta: ifGiven(flags.name, (name) => ({ ...base.meta, name })),
      image: ifGiven(flags.image, imageOf),
      entrypoint: flags.entrypoint,
      command,
      environment: ifGiven(flags.env, (texts) => ({ ...base.environment, ...Object.fromEntries(texts.map(readVariable)) })),
      network: ifGiven(flags.port, (texts) => ({ ports: texts.map(readPort) })),
    }),
  };
}

/** `name:tag@sha256:…`: the digest goes to its own field. */
function imageOf(text: string): NonNullable<Executable['image']> {
  const [location = '', digest] = text.split('@');
  return { locations: [location], ...present({ digest }) };
}

function computeOf(written: ComputeResource | undefined, flags: RequestFlags): ComputeResource | undefined {
  const laid = present({
    kind: flags.accelerator === undefined && flags.nodes === undefined ? undefined : kinds.acceleratedCompute,
    accelerators: ifGiven(flags.accelerator, (texts) => [...(written?.accelerators ?? []), ...texts.map(readAccelerator)]),
    nodes: ifGiven(flags.nodes, (text) => readRange(text, '--nodes')),
    cores: ifGiven(flags.cores, (text) => readRange(text, '--cores')),
    memory: ifGiven(flags.memory, (text) => readRange(text, '--memory')),
    volumes: ifGiven(flags.mount, (texts): readonly VolumeMount[] => [...(written?.volumes ?? []), ...texts.map(readMount)]),
  });
  if (written === undefined && Object.keys(laid).length === 0) return undefined;
  return { ...(written ?? { kind: kinds.simpleCompute }), ...laid };
}

function ifGiven<From, To>(value: From | undefined, change: (value: From) => To): To | undefined {
  return value === undefined ? undefined : change(value);
}

/** The fields that have a value. */
function present<Fields extends object>(fields: Fields): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };
}
