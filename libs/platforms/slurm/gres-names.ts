/** The site's words for generic resources: `gpu:a100` of Slurm is `nvidia-a100` of requests, policies and prices. */
import type { AcceleratorType, Resources } from '#model';

export interface SlurmAccelerator extends AcceleratorType { readonly gres: string }

const counted: ReadonlySet<string> = new Set(['cores', 'memory', 'storage']);

export class GresNames {
  private readonly types: ReadonlyMap<string, string>;
  private readonly natives: ReadonlyMap<string, string>;

  constructor(accelerators: readonly SlurmAccelerator[]) {
    this.types = new Map(accelerators.map(({ type, gres }) => [gres, type]));
    this.natives = new Map(accelerators.map(({ type, gres }) => [type, gres]));
  }

  /** Amounts by the site's words. GPUs without one keep Slurm's, as they come with whole hosts; other generic resources are left out. */
  fromSlurm(amounts: Resources): Resources {
    const known = Object.entries(amounts).filter(([name]) => counted.has(name) || this.types.has(name) || name.startsWith('gpu'));
    return Object.fromEntries(known.map(([name, amount]) => [this.types.get(name) ?? name, amount]));
  }

  toSlurm(amounts: Resources): Resources {
    return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [this.natives.get(name) ?? name, amount]));
  }
}
