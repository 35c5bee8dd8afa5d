import { BrokerError, reason } from '#model';
import { hash, verify } from '@node-rs/argon2';

/** Longest password in characters; hashing longer ones would only cost time. */
export const longestPassword = 256;

/** argon2id with the library's defaults (19 MiB, 2 passes), as OWASP's password storage cheat sheet has it. */
export function hashPassword(password: string): Promise<string> {
  return hash(password);
}

/** Verifies passwords, few at a time: each takes 19 MiB and a thread, so that a flood of them would starve everything else. */
export class PasswordVerifier {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private stranger: Promise<string> | undefined;

  constructor(private readonly atOnce = 2, private readonly mostWaiting = 200) {}

  /** False for a wrong password, and as slowly so when there is no such account (`stored` undefined). Throws 'busy'. */
  async verify(stored: string | undefined, password: string): Promise<boolean> {
    await this.enter();
    try {
      this.stranger ??= hashPassword('nobody has this password');
      const matches = await verify(stored ?? (await this.stranger), password);
      return stored !== undefined && matches;
    } finally {
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    if (this.running < this.atOnce) {
      this.running++;
      return;
    }
    if (this.waiting.length >= this.mostWaiting) throw new BrokerError('busy', 'time', [reason('busy', 'Too many passwords are being checked; try again in a moment')]);
    await new Promise<void>((resolve) => { this.waiting.push(resolve); });
  }

  /** A place is handed on to the next in line, so `running` changes only when nobody waits. */
  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running--;
  }
}
