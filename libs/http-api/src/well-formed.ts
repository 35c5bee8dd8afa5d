/** Half a surrogate pair as `JSON.stringify` writes it, which strict readers refuse; a backslash before it would be one that stands for itself. */
const writtenHalf = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/** JSON that `JSON.stringify` wrote, readable by everybody. */
export function wellFormedJson(json: string): string {
  return json.includes('\\ud') ? json.replace(writtenHalf, '$1\ufffd') : json;
}
