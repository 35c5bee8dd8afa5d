/** One row of a bench's table and of its JSON. `holds`: whether the value meets the goal. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** In words, for example `<= 20`. */
  readonly goal: string;
  readonly holds: boolean;
}
