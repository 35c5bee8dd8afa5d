import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { Kind, ShortKind } from '#model';
import { kinds } from '#model';
import { ConfigFault } from '#plugin-sdk';
import { readImage } from './image-name.js';
import type { Pattern } from './patterns.js';
import { compilePattern, mostStars, starsOf } from './patterns.js';

const closed = { additionalProperties: false } as const;
const texts = (description: string) => Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 512 }), { description }));

export const allowListSchema = Type.Object({
  images: Type.Optional(Type.Array(Type.Object({
    repository: Type.String({ minLength: 1, maxLength: 512, description: "registry and path, for example docker.io/library/debian; '*' within one part, '**' at any depth" }),
    tags: texts("tags that may be used; '*' stands for any characters; default: every tag"),
    digests: texts('digests that may be used (sha256:…); default: every digest'),
    digest: Type.Optional(Type.Union([Type.Literal('required'), Type.Literal('optional')], { description: 'required: only images that are pinned by their digest' })),
    signature: Type.Optional(Type.Literal('present', { description: 'the registry has a cosign signature of the digest; its presence is looked up, its key is not checked' })),
  }, closed), { description: 'images that may run; default: every image' })),
  executables: texts('kinds that may run: docker-container, jupyter-notebook, … or a URI; default: every kind'),
  commands: texts('commands that local processes may run, by their configured names; default: every one'),
  locations: texts("URLs of notebooks and of images that have a location, for example https://example.org/notebooks/**; default: every one"),
  dataHosts: texts("hosts that data may come from, for example *.skao.int; 'file' for files of the node; default: every host"),
}, { ...closed, minProperties: 1 });

export interface ImageRule {
  readonly repository: string;
  readonly isRepository: Pattern;
  /** Undefined: every tag, every digest. */
  readonly isTag?: Pattern;
  readonly digests?: ReadonlySet<string>;
  readonly needsDigest: boolean;
  readonly needsSignature: boolean;
}

/** What is undefined is not judged. */
export interface AllowListConfig {
  readonly images?: readonly ImageRule[];
  readonly executables?: readonly Kind[];
  readonly commands?: ReadonlySet<string>;
  readonly isLocation?: Pattern;
  readonly isDataHost?: Pattern;
}

type Raw = Static<typeof allowListSchema>;

export function parseAllowList(raw: unknown): AllowListConfig {
  const { images, executables, commands, locations, dataHosts } = raw as Raw;
  return {
    ...(images ? { images: images.map((rule, index) => imageRule(rule, `images[${index}]`)) } : {}),
    ...(executables ? { executables: executables.map((word, index) => kindFor(word, `executables[${index}]`)) } : {}),
    ...(commands ? { commands: new Set(commands) } : {}),
    ...(locations ? { isLocation: anyOf(locations, { separator: '/', path: 'locations' }) } : {}),
    ...(dataHosts ? { isDataHost: anyOf(dataHosts.map((one) => one.toLowerCase()), { separator: '.', path: 'dataHosts' }) } : {}),
  };
}

type RawRule = NonNullable<Raw['images']>[number];

function imageRule({ repository, tags, digests, digest, signature }: RawRule, path: string): ImageRule {
  requireRepository(repository, `${path}.repository`);
  for (const [index, one] of (digests ?? []).entries()) {
    if (!/^sha256:[0-9a-f]{64}$/.test(one)) throw new ConfigFault(`${path}.digests[${index}]`, 'is not sha256: and 64 lower-case hexadecimal digits', 'copy it from the registry');
  }
  const needsSignature = signature === 'present';
  return {
    repository, isRepository: anyOf([repository], { separator: '/', path: `${path}.repository` }),
    ...(tags ? { isTag: anyOf(tags, { separator: '/', path: `${path}.tags` }) } : {}), ...(digests ? { digests: new Set(digests) } : {}),
    needsDigest: digest === 'required' || digests !== undefined || needsSignature, needsSignature,
  };
}

function requireRepository(repository: string, path: string): void {
  // A star is no character of a name: an example stands for it while the rest is read.
  const read = readImage(repository.replaceAll(/\*+/g, 'x'));
  if (!read.ok) throw new ConfigFault(path, `'${repository}' ${read.fault}`, read.fix);
  const [registry = ''] = repository.split('/');
  if (!/[.:*]|^localhost$/.test(registry)) throw new ConfigFault(path, `'${repository}' names no registry`, `write for example docker.io/${repository.includes('/') ? '' : 'library/'}${repository}`);
  if (read.image.tag !== 'latest') throw new ConfigFault(path, 'has a tag or a digest', 'write those under tags or digests');
}

function anyOf(patterns: readonly string[], { separator, path }: { readonly separator: string; readonly path: string }): Pattern {
  const bad = patterns.find((one) => starsOf(one) > mostStars);
  if (bad !== undefined) throw new ConfigFault(path, `'${bad}' has more than ${mostStars} stars`, 'write several patterns');
  const compiled = patterns.map((one) => compilePattern(one, separator));
  return (text) => compiled.some((matches) => matches(text));
}

function kindFor(word: string, path: string): Kind {
  if (word.includes(':')) return word;
  const short = word.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (Object.hasOwn(kinds, short)) return kinds[short as ShortKind];
  throw new ConfigFault(path, `'${word}' is not a known kind`, 'write docker-container, singularity-container, jupyter-notebook, local-process, scripted, or the URI of a kind');
}
