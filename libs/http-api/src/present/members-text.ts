import { quoted, textOf } from './message-text.js';

export type Spec = Readonly<Record<string, unknown>>;

interface Written { readonly value: unknown; readonly text: string }

/**
 * Writes the members of parts that stand at the same place in one offer after another. Alternatives differ in little, so that a
 * member is mostly what it was in the one before, and its text is used again.
 */
export class MembersWriter {
  private readonly last = new Map<string, Written>();

  /** `left`: members that are written elsewhere. Ends with a comma unless there are none. */
  constructor(private readonly left: ReadonlySet<string>) {}

  text(of: Spec): string {
    let text = '';
    for (const name of Object.keys(of)) if (!this.left.has(name)) text += this.member(name, of[name]);
    return text;
  }

  private member(name: string, value: unknown): string {
    const known = this.last.get(name);
    if (known && (known.value === value || isAlike(known.value, value))) return known.text;
    const written = textOf(value) as string | undefined;
    const text = written === undefined ? '' : `${quoted(name)}:${written},`;
    this.last.set(name, { value, text });
    return text;
  }
}

/** True for lists and objects with the same members. What is nested deeper has to be the very same, not only alike. */
function isAlike(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null || Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  const others = Object.keys(other);
  return names.length === others.length && names.every((name, index) => name === others[index] && (one as Spec)[name] === (other as Spec)[name]);
}
