const nul = '\0';

/** Text as PostgreSQL can hold it: NUL and halves of surrogate pairs, which it refuses, become the replacement character. */
export function storable(text: string): string {
  const whole = text.toWellFormed();
  return whole.includes(nul) ? whole.replaceAll(nul, '\ufffd') : whole;
}
