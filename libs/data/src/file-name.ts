/** A name below a storage: one path segment that no file system objects to. */
const longestName = 200;

/** The last segment of a path, decoded and cleaned; `data` where nothing usable is left. */
export function fileNameOf(path: string): string {
  const last = decode(path.split('/').filter((segment) => segment !== '').at(-1) ?? '');
  // eslint-disable-next-line no-control-regex -- control characters are what must go
  const clean = last.replace(/[\u0000-\u001f\u007f/\\]/g, '_').slice(0, longestName);
  return isOneSegment(clean) ? clean : 'data';
}

/** True for a name that stays in its folder. */
export function isOneSegment(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (fault) {
    if (fault instanceof URIError) return text;
    throw fault;
  }
}
