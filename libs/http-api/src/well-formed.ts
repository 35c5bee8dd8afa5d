/** Half a surrogate pair: what is left where a text was cut in the middle of a character, or sent so. Strict readers refuse it. */
const half = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
/** As `JSON.stringify` writes it; a backslash before it would be one that stands for itself. */
const writtenHalf = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/** The text with replacement characters for what is no character. */
export function wellFormed(text: string): string {
  return text.replace(half, '\ufffd');
}

/** JSON that `JSON.stringify` wrote, readable by everybody. */
export function wellFormedJson(json: string): string {
  return json.includes('\\ud') ? json.replace(writtenHalf, '$1\ufffd') : json;
}
