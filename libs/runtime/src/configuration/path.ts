/** Where something is in a document: keys and indexes from the top. */
export type Path = readonly (string | number)[];

const plainKey = /^[\w-]+$/;

/** `platforms[0].process.commands.node`; keys with other characters are quoted in brackets. */
export function pathText(path: Path): string {
  return path.map((step, index) => {
    if (typeof step === 'number') return `[${step}]`;
    if (!plainKey.test(step)) return `[${JSON.stringify(step)}]`;
    return index === 0 ? step : `.${step}`;
  }).join('');
}

/** Reads what {@link pathText} writes; unreadable rests become a last key. */
export function parsePath(text: string): Path {
  const path: (string | number)[] = [];
  let rest = text;
  while (rest !== '') {
    const match = /^\.?([\w-]+)|^\[(\d+)\]|^\[("(?:[^"\\]|\\.)*")\]/.exec(rest);
    if (!match) return [...path, rest];
    const [whole, key, index, quoted] = match;
    path.push(index !== undefined ? Number(index) : quoted !== undefined ? String(JSON.parse(quoted)) : (key ?? ''));
    rest = rest.slice(whole.length);
  }
  return path;
}

/** Reads a JSON pointer; a step is an index where the value it leads through is a list. */
export function parsePointer(pointer: string, value: unknown): Path {
  let here = value;
  return pointer.split('/').slice(1).map((escaped) => {
    const key = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    const step = Array.isArray(here) ? Number(key) : key;
    here = (here as Readonly<Record<string | number, unknown>> | undefined)?.[step];
    return step;
  });
}

/** The value at a path; undefined where the path leads nowhere. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((here, step) => (isContainer(here) && Object.hasOwn(here, step) ? here[step] : undefined), value);
}

function isContainer(value: unknown): value is Readonly<Record<string | number, unknown>> {
  return typeof value === 'object' && value !== null;
}
