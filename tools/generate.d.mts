/** The text of openapi/types.ts as the document says it should be. */
export function generateTypes(): Promise<string>;
/** Writes the types; true when that changed the file. */
export function writeTypes(): Promise<boolean>;
