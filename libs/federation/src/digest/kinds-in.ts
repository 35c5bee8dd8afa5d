import { fieldsOf, listOf, textOf } from '../reading/read-fields.js';

/** Kinds of executables that a capabilities document names. */
export function kindsIn(document: unknown): readonly string[] {
  return listOf(fieldsOf(fieldsOf(document)['kinds'])['executable']).flatMap((one) => textOf(one) ?? []);
}
