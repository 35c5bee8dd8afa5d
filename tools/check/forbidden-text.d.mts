export interface Machine { readonly root: string; readonly siblings: readonly string[]; readonly home: string; readonly registry: string }
export function findForbiddenText(): Promise<string | undefined>;
export function forbiddenTexts(machine: Machine): readonly string[];
export function findIn(file: string, text: string, forbidden: readonly string[]): readonly string[];
