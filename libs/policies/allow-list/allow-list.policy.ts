import type { DataResource, Executable, Milliseconds, Reason } from '#model';
import { canonicalKind, reason } from '#model';
import type { Ask, Policy, PolicyHost, Verdict } from '#plugin-sdk';
import type { AllowListConfig, ImageRule } from './config.js';
import type { ImageName } from './image-name.js';
import { readImage, repositoryOf } from './image-name.js';
import { hasSignature } from './signature.js';

/** Time for a registry to say whether there is a signature. */
const patience: Milliseconds = 3_000;
/** A signature does not go away: what was seen is believed for so long. */
const remembered: Milliseconds = 600_000;

/** Allows what is listed; everything that is not is named, not only the first. */
export class AllowListPolicy implements Policy {
  private readonly signed = new Map<string, number>();

  constructor(private readonly config: AllowListConfig, private readonly host: PolicyHost) {}

  async judge({ request }: Ask): Promise<Verdict> {
    const { executable, data = [] } = request;
    const faults = [
      ...(executable ? [...this.kindFaults(executable), ...this.commandFaults(executable), ...await this.imageFaults(executable), ...this.locationFaults(executable)] : []),
      ...data.flatMap((one, index) => this.dataFaults(one, `data[${index}]`)),
    ];
    const [first, ...others] = faults;
    return first ? { kind: 'deny', reason: first, others } : { kind: 'allow' };
  }

  private kindFaults({ kind }: Executable): readonly Reason[] {
    const { executables } = this.config;
    if (!executables || executables.includes(canonicalKind(kind))) return [];
    return [reason('not-allowed', '{path}: executables of kind {kind} are not allowed here', { kind: shown(kind) }, { path: 'executable.kind' })];
  }

  private commandFaults({ kind, command }: Executable): readonly Reason[] {
    const { commands } = this.config;
    const [name] = command ?? [];
    if (!commands || !kind.endsWith(':local-process') || (name !== undefined && commands.has(name))) return [];
    return [reason('not-allowed', '{path}: the command {command} is not allowed here', { command: shown(name ?? '') }, { path: 'executable.command[0]' })];
  }

  private async imageFaults({ image }: Executable): Promise<readonly Reason[]> {
    const { images } = this.config;
    if (!images || !image) return [];
    const own = image.digest === undefined || /^sha256:[0-9a-f]{64}$/.test(image.digest) ? [] : [reason('image', '{path}: the digest is not sha256: and 64 lower-case hexadecimal digits; copy it from the registry', {}, { path: 'executable.image.digest' })];
    const all = await Promise.all((image.locations ?? []).map((text, index) => this.faultOf(text, { pinned: image.digest, path: `executable.image.locations[${index}]`, images })));
    return [...own, ...all.flat()];
  }

  private async faultOf(text: string, at: { readonly pinned: string | undefined; readonly path: string; readonly images: readonly ImageRule[] }): Promise<readonly Reason[]> {
    const read = readImage(text);
    const fault = (why: string, fix: string): readonly Reason[] => [reason('image', '{path}: the image {image} {why}; {fix}', { image: shown(text), why, fix }, { path: at.path })];
    if (!read.ok) return fault(read.fault, read.fix);
    if (read.image.digest !== undefined && at.pinned !== undefined && read.image.digest !== at.pinned) return fault('has another digest in its name than beside it', 'give one digest');
    const digest = read.image.digest ?? at.pinned;
    const image = { ...read.image, ...(digest === undefined ? {} : { digest }) };
    const rules = at.images.filter((rule) => rule.isRepository(repositoryOf(image)));
    if (rules.length === 0) return fault('is not on the list of this node', `use one of ${at.images.slice(0, 8).map((rule) => rule.repository).join(', ')}`);
    const whys = await Promise.all(rules.map((rule) => this.whyNot(image, rule)));
    return whys.includes(undefined) ? [] : fault(whys.filter((why) => why !== undefined).join(' and '), 'see the rules of this node');
  }

  /** Undefined: the rule allows it. */
  private async whyNot(image: ImageName, rule: ImageRule): Promise<string | undefined> {
    if (hasOtherTag(image, rule)) return `has a tag that is not on the list (${image.tag ?? 'none'})`;
    const { digest } = image;
    if (digest === undefined) return rule.needsDigest ? 'has to be pinned by its digest' : undefined;
    if (rule.digests?.has(digest) === false) return 'has a digest that is not on the list';
    return rule.needsSignature && !await this.isSigned({ ...image, digest }) ? 'has no signature in its registry' : undefined;
  }

  private async isSigned(image: ImageName & { readonly digest: string }): Promise<boolean> {
    const key = `${repositoryOf(image)}@${image.digest}`;
    const { clock } = this.host;
    if ((this.signed.get(key) ?? -Infinity) > clock.now() - remembered) return true;
    const over = new AbortController();
    const late = clock.sleep(patience, over.signal).then(() => { over.abort(); }, () => undefined);
    const found = await hasSignature(image, this.host.fetch, over.signal).finally(() => { over.abort(); });
    await late;
    if (found) this.signed.set(key, clock.now());
    return found;
  }

  private locationFaults({ location }: Executable): readonly Reason[] {
    const { isLocation } = this.config;
    if (!isLocation || location === undefined) return [];
    const url = urlOf(location);
    if (url && isLocation(`${url.protocol}//${url.host}${url.pathname}`)) return [];
    return [reason('not-allowed', '{path}: {location} is not on the list of this node', { location: shown(location) }, { path: 'executable.location' })];
  }

  private dataFaults({ location, endpoint }: DataResource, path: string): readonly Reason[] {
    const { isDataHost } = this.config;
    if (!isDataHost) return [];
    const given = [['location', location], ['endpoint', endpoint]] as const;
    return given.flatMap(([field, text]) => {
      if (text === undefined) return [];
      const from = hostOf(text);
      return from !== undefined && isDataHost(from) ? [] : [reason('not-allowed', '{path}: data from {host} are not allowed here', { host: shown(from ?? text) }, { path: `${path}.${field}` })];
    });
  }
}

/** A listed digest says by itself which image it is; a tag beside it must still be one of the list. */
function hasOtherTag({ tag }: ImageName, { isTag, digests }: ImageRule): boolean {
  if (!isTag || (tag === undefined && digests !== undefined)) return false;
  return !isTag(tag ?? '');
}

/** `file` for paths and file URLs; the name in the location only, as whoever fetches it checks the address behind it. */
function hostOf(location: string): string | undefined {
  if (location.startsWith('/')) return 'file';
  const url = urlOf(location);
  return url?.protocol === 'file:' ? 'file' : url?.hostname.toLowerCase().replace(/\.$/, '');
}

/** Undefined where it hides something: credentials, or a path that climbs by encoded dots and slashes. */
function urlOf(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.username !== '' || url.password !== '' || /%2e|%2f|%5c/i.test(url.pathname) ? undefined : url;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 120));
}
