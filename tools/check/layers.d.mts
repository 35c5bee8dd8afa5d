export interface Layer {
  /** Layers whose front doors it may import. */
  readonly may: readonly string[];
  /** Folder, where it is not `libs/<name>`. */
  readonly at?: string;
  readonly pure?: boolean;
  readonly nest?: boolean;
  readonly sql?: boolean;
}
export const layers: Readonly<Record<string, Layer>>;
