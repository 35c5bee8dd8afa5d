/**
 * Amounts of named things: `cores` (whole cores), `memory` and `storage` (GiB), anything else that a pool declares,
 * for example `gpu:a100`. Amounts are whole and not negative; an absent name means zero.
 */
export type Resources = Readonly<Record<string, number>>;

/** Sum by name. */
export function addResources(a: Resources, b: Resources): Resources {
  return combine(a, b, (x, y) => x + y);
}

/** Difference by name; may go below zero. */
export function subtractResources(a: Resources, b: Resources): Resources {
  return combine(a, b, (x, y) => x - y);
}

/** Larger amount by name. */
export function largestResources(a: Resources, b: Resources): Resources {
  return combine(a, b, Math.max);
}

/** True when every amount of `need` is within `room`. */
export function fitsIn(need: Resources, room: Resources): boolean {
  return Object.entries(need).every(([name, amount]) => amount <= (room[name] ?? 0));
}

/** The names whose amount in `need` exceeds `room`. */
export function lackingIn(need: Resources, room: Resources): readonly string[] {
  return Object.keys(need).filter((name) => (need[name] ?? 0) > (room[name] ?? 0));
}

function combine(a: Resources, b: Resources, operate: (x: number, y: number) => number): Resources {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, operate(a[name] ?? 0, b[name] ?? 0)]));
}
