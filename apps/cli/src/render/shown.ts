// Line breaks and tabs stay: drawings are made of them.
const unshown = /[^\P{Cc}\n\t]|[\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text that others wrote, as it may reach a screen: without what would move the cursor, colour, turn the direction of writing or end the line. */
export function shown(text: string): string {
  return text.replace(unshown, '\ufffd');
}

/** The same for what has one line: nobody's name looks like the next line of an answer. */
export function shownLine(text: string): string {
  return shown(text).replace(/\n/g, '\ufffd');
}
