export declare const stamp: string;
export declare const aggregatorHeap: readonly string[];
export declare function programArguments(program: string, folder?: string): string[];
export declare function isFresh(folder: string): boolean;
