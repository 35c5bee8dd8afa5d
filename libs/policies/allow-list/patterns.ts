/** Patterns of lists: `*` stands for any characters within one part, `**` for any characters at all. Compiled without back-tracking. */
export type Pattern = (text: string) => boolean;

/** `separator` ends a part: `/` of paths, `.` of hosts. */
export function compilePattern(pattern: string, separator: string): Pattern {
  const pieces = pattern.split(/(\*\*|\*)/).map((piece) => (piece === '**' ? '.*' : piece === '*' ? `[^${escape(separator)}]*` : escape(piece)));
  const form = new RegExp(`^${pieces.join('')}$`);
  return (text) => form.test(text);
}

/** At most so many stars: each could be tried at every place of a text. */
export const mostStars = 4;

export function starsOf(pattern: string): number {
  return (pattern.match(/\*+/g) ?? []).length;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
