export const root: string;
export type Packages = Readonly<Record<string, { readonly version?: string; readonly optional?: boolean; readonly peer?: boolean; readonly link?: boolean }>>;
export function prepare(): string | undefined;
export function faultOfNode(version: string): string | undefined;
export function isSameTree(wanted: Packages, present: Packages): boolean;
