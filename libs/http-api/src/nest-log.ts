import type { LoggerService } from '@nestjs/common';
import type { Log } from '#model';

/** Nest's own remarks in our log; its cheerful ones at debug level. */
export class NestLog implements LoggerService {
  constructor(private readonly target: Log) {}

  log(message: unknown, ...more: unknown[]): void {
    this.target.debug(String(message), facts(more));
  }

  warn(message: unknown, ...more: unknown[]): void {
    this.target.warn(String(message), facts(more));
  }

  error(message: unknown, ...more: unknown[]): void {
    this.target.error(String(message), facts(more));
  }
}

function facts(more: readonly unknown[]): Readonly<Record<string, unknown>> {
  return more.length > 0 ? { nest: more.map(String) } : {};
}
