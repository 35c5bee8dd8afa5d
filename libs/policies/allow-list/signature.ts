/**
 * Whether a registry has a cosign signature of an image: the tag `sha256-<digits>.sig` beside it. Presence only: whose key made it
 * is for the runtime to check. https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 */
import type { ImageName } from './image-name.js';

type Fetch = typeof fetch;

/** Throws where the registry can't be asked: who asked it then doesn't know. */
export async function hasSignature(image: ImageName & { readonly digest: string }, ask: Fetch, signal: AbortSignal): Promise<boolean> {
  const { registry, path, digest } = image;
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  const url = `https://${host}/v2/${path}/manifests/${digest.replace(':', '-')}.sig`;
  const headers = { accept: 'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json' };
  const first = await ask(url, { method: 'HEAD', headers, signal, redirect: 'error' });
  const answer = first.status !== 401 ? first
    : await ask(url, { method: 'HEAD', headers: { ...headers, authorization: `Bearer ${await tokenFor(first, registry, ask, signal)}` }, signal, redirect: 'error' });
  if (answer.status === 200) return true;
  if (answer.status === 404) return false;
  throw new Error(`registry ${host} answered ${answer.status}`);
}

/** The anonymous token that the registry's own challenge tells where to get; from a host of the registry's domain only. */
async function tokenFor(challenged: Response, registry: string, ask: Fetch, signal: AbortSignal): Promise<string> {
  const url = tokenUrl(challenged.headers.get('www-authenticate') ?? '', registry);
  const answer = await ask(url, { signal, redirect: 'error' });
  const body = await answer.json() as { readonly token?: unknown; readonly access_token?: unknown };
  const token = body.token ?? body.access_token;
  if (!answer.ok || typeof token !== 'string') throw new Error(`registry ${registry} gives no token`);
  return token;
}

function tokenUrl(challenge: string, registry: string): URL {
  const part = (name: string): string | undefined => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
  const realm = part('realm');
  if (!/^bearer /i.test(challenge) || realm === undefined) throw new Error(`registry ${registry} does not tell how to be asked`);
  const url = new URL(realm);
  if (url.protocol !== 'https:' || !isOfDomain(url.hostname, registry)) throw new Error(`registry ${registry} sends elsewhere for its token`);
  for (const name of ['service', 'scope']) url.searchParams.set(name, part(name) ?? '');
  return url;
}

function isOfDomain(host: string, registry: string): boolean {
  const domain = registry.replace(/:\d+$/, '').split('.').slice(-2).join('.');
  return host === domain || host.endsWith(`.${domain}`);
}
