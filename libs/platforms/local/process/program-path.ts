import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * The program that a configuration means: an absolute path as it is, a bare name as found in `searchPath` (PATH of the
 * broker at its start). Undefined when there is no such executable file; a relative path is never taken.
 */
export function programPath(written: string, searchPath: string): string | undefined {
  if (isAbsolute(written)) return isProgram(written) ? written : undefined;
  if (written.includes('/')) return undefined;
  return searchPath.split(delimiter).filter(isAbsolute).map((folder) => join(folder, written)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there or not executable: the caller tells which program is missing.
    return false;
  }
}
