/** A JSON schema (draft 2020-12 subset; TypeBox objects are such) that `eb check` and editors use. */
export type ConfigSchema = Readonly<Record<string, unknown>>;

/** A fault in the configuration: where it is, what it is, how to mend it. */
export class ConfigFault extends Error {
  constructor(
    /** Path below the plugin's own section, for example `commands.python.path`. */
    readonly path: string,
    readonly fault: string,
    readonly fix: string,
  ) {
    super(`${path}: ${fault}; ${fix}`);
    this.name = 'ConfigFault';
  }
}
