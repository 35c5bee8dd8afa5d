/**
 * Names of container images, read as strictly as registries do and brought to one form, so that one image has one name: what
 * can't be read without guessing is refused, because a list that guesses differently from the container runtime lists nothing.
 * Grammar: https://github.com/distribution/reference/blob/main/reference.go
 */

export interface ImageName {
  /** Host in lower case, with the port where it is not 443. */
  readonly registry: string;
  /** `library/debian`; lower case by grammar. */
  readonly path: string;
  /** `latest` where neither tag nor digest is given. */
  readonly tag?: string;
  /** `sha256:` and 64 digits. */
  readonly digest?: string;
}

export type ReadImage = { readonly ok: true; readonly image: ImageName } | { readonly ok: false; readonly fault: string; readonly fix: string };

const longestName = 512;
const host = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*|\[[0-9a-f:]+\])(?::\d{1,5})?$/;
const segment = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const tagForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digestForm = /^sha256:[0-9a-f]{64}$/;
/** Other names of one registry. */
const hub: ReadonlySet<string> = new Set(['index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com', 'docker.io']);

export function readImage(text: string): ReadImage {
  if (text.length > longestName) return fault('is longer than a name of an image', 'write a name such as docker.io/library/debian:12');
  if (!/^[\x21-\x7e]+$/.test(text)) return fault('has characters beside ASCII or spaces, which may look like others', 'write it in plain ASCII');
  const bare = text.startsWith('docker://') ? text.slice('docker://'.length) : text;
  if (bare.includes('://')) return fault('is a URL, not the name of an image', 'leave the scheme out');
  const [name = '', digest, ...more] = bare.split('@');
  if (more.length > 0) return fault("has more than one '@'", 'write NAME@sha256:…');
  if (digest !== undefined && !digestForm.test(digest)) return fault('has a digest that is not sha256: and 64 lower-case hexadecimal digits', 'copy the digest from the registry');
  return readName(name, digest);
}

function readName(name: string, digest: string | undefined): ReadImage {
  const slash = name.lastIndexOf('/');
  const colon = name.indexOf(':', slash + 1);
  const [repository, tag] = colon < 0 ? [name, undefined] : [name.slice(0, colon), name.slice(colon + 1)];
  if (tag !== undefined && !tagForm.test(tag)) return fault('has a tag that no registry knows', 'write NAME:TAG with letters, digits, _ . and -');
  const [registry, path] = split(repository);
  if (!host.test(registry)) return fault(`names the registry '${registry}', which is no host`, 'write the host of the registry, with its port if it has one');
  if (!path.split('/').every((one) => segment.test(one))) return fault('has a path that no registry knows', 'write it in lower case, without empty parts');
  const image = { registry, path, ...(tag !== undefined || digest !== undefined ? {} : { tag: 'latest' }), ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
  return { ok: true, image };
}

/** What the runtime does: the first part is a registry only where it looks like a host; no registry means Docker's. */
function split(repository: string): readonly [string, string] {
  const slash = repository.indexOf('/');
  const first = repository.slice(0, Math.max(0, slash));
  if (!/[.:]/.test(first) && first !== 'localhost') return ['docker.io', repository.includes('/') ? repository : `library/${repository}`];
  const lower = first.toLowerCase().replace(/:443$/, '');
  const rest = repository.slice(slash + 1);
  if (!hub.has(lower)) return [lower, rest];
  return ['docker.io', rest.includes('/') ? rest : `library/${rest}`];
}

/** Registry and path, as it stands in lists. */
export function repositoryOf({ registry, path }: ImageName): string {
  return `${registry}/${path}`;
}

function fault(text: string, fix: string): ReadImage {
  return { ok: false, fault: text, fix };
}
