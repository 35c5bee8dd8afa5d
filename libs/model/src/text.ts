/** Whether a text can be shown, kept and compared as it is: without control characters, of which databases refuse one, and without halves of characters, which many can't tell apart. */
export function isSoundText(text: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(text);
}
