/** A JSON schema, draft 2020-12. TypeBox objects are such. */
export type JsonSchema = Readonly<Record<string, unknown>>;
