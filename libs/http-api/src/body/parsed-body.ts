/** A body as plain values, and what scalars of YAML looked like where they were read as something other than text. */
export interface ParsedBody {
  readonly value: unknown;
  /** JSON pointer → the text as written. */
  readonly written: ReadonlyMap<string, string>;
}
