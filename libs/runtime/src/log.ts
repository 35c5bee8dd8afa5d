import type { Log } from '#model';
import { pino } from 'pino';
import type { Logger } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** JSON lines on stderr; stdout stays free for answers. */
export function jsonLog(level: LogLevel, name: string): Log {
  return fromPino(pino({ level, name }, pino.destination({ dest: 2, sync: false })));
}

/** A log that says nothing. */
export const silentLog: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

function fromPino(logger: Logger): Log {
  return {
    debug: (message, facts) => { logger.debug(facts ?? {}, message); },
    info: (message, facts) => { logger.info(facts ?? {}, message); },
    warn: (message, facts) => { logger.warn(facts ?? {}, message); },
    error: (message, facts) => { logger.error(facts ?? {}, message); },
  };
}
