/** Images of containers: what a request names, and whether a platform runs it. */
import type { Executable, Reason } from '#model';
import { reason } from '#model';

/** Which images may run; `*` stands for any characters. */
export interface ImageRules { readonly images: readonly string[]; readonly requireDigest: boolean; readonly architectures: readonly string[] }

/** What an executable asks for. `name` has no digest; `digest` is in full form. */
export interface ImageWish { readonly name: string; readonly digest?: string; readonly architecture?: string; readonly os: string }

const digestForm = /^sha256:[0-9a-f]{64}$/;

/** The first location, as the standard says brokers do; a digest may stand there or beside. */
export function imageWish({ image = {} }: Executable): ImageWish {
  const [location = ''] = image.locations ?? [];
  const [name = '', inside] = location.trim().replace(/^docker:\/\//, '').split('@');
  const digest = fullDigest(image.digest ?? inside);
  const { architecture, os = 'linux' } = image.platform ?? {};
  return { name, os, ...(digest === undefined ? {} : { digest }), ...(architecture === undefined ? {} : { architecture }) };
}

/** By digest where there is one: then the tag is only a comment, and runtimes check what they bring. */
export function imageReference({ name, digest }: ImageWish): string {
  return digest === undefined ? name : `${untagged(name)}@${digest}`;
}

/** A colon behind the last slash begins a tag; one before it is a port. */
function untagged(name: string): string {
  return name.replace(/:[^/:]+$/, '');
}

/** Why this image does not run here; empty when it does. The registry is not asked. */
export function judgeImage(executable: Executable, rules: ImageRules): readonly Reason[] {
  const wish = imageWish(executable);
  return [...judgeName(wish, rules), ...judgeDigest(wish, rules), ...judgePlatform(wish, rules)];
}

/** Bare hexadecimal digits mean sha256. Empty counts as none. */
function fullDigest(text: string | undefined): string | undefined {
  const digest = text?.trim().toLowerCase();
  if (digest === undefined || digest === '') return undefined;
  return /^[0-9a-f]{64}$/.test(digest) ? `sha256:${digest}` : digest;
}

function judgeName({ name }: ImageWish, { images }: ImageRules): readonly Reason[] {
  if (name === '') return [refusal('image-missing', 'locations', 'no location of the image is given; write for example docker.io/library/busybox:1.36')];
  if (!/^[A-Za-z0-9][\w.\-/:]*$/.test(name)) return [refusal('image-malformed', 'locations[0]', "'{name}' is not the name of an image", { name: name.slice(0, 200) })];
  if (images.some((pattern) => matches(pattern, name))) return [];
  return [refusal('image-refused', 'locations[0]', "this node does not run '{name}'; it runs: {allowed}", { name, allowed: images.join(', ') })];
}

function judgeDigest({ digest }: ImageWish, { requireDigest }: ImageRules): readonly Reason[] {
  if (digest === undefined) return requireDigest ? [refusal('digest-missing', 'digest', 'this node runs images by digest only; give sha256:… of the image')] : [];
  return digestForm.test(digest) ? [] : [refusal('digest-malformed', 'digest', "'{digest}' is not a digest; write sha256: and 64 hexadecimal digits", { digest: digest.slice(0, 100) })];
}

function judgePlatform({ architecture, os }: ImageWish, { architectures }: ImageRules): readonly Reason[] {
  const wrongSystem = os === 'linux' ? [] : [refusal('platform-refused', 'platform.os', "this node runs 'linux', not '{asked}'", { asked: os })];
  if (architecture === undefined || architectures.includes(architecture)) return wrongSystem;
  return [...wrongSystem, refusal('platform-refused', 'platform.architecture', "this node runs {own}, not '{asked}'", { own: architectures.join(', '), asked: architecture })];
}

function refusal(word: string, path: string, template: string, values: Readonly<Record<string, string>> = {}): Reason {
  return reason(word, template, values, { path: `executable.image.${path}` });
}

function matches(pattern: string, name: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*');
  return new RegExp(`^${escaped}$`).test(name);
}
