import type { WireProblem } from './wire.js';

/** `unreachable`: no answer came. `refused`: the server said no to the call itself. `unreadable`: the answer is not what v1.0 says. */
export type ClientFault = 'unreachable' | 'refused' | 'unreadable';

/** What went wrong between us and a broker. A NO to a request is no error. */
export class ClientError extends Error {
  readonly fault: ClientFault;
  /** HTTP status; undefined when no answer came. */
  readonly status: number | undefined;
  readonly problem: WireProblem | undefined;
  /** What the user can do about it. */
  readonly hint: string | undefined;

  constructor(fault: ClientFault, message: string, more: { status?: number; problem?: WireProblem; hint?: string; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'ClientError';
    this.fault = fault;
    this.status = more.status;
    this.problem = more.problem;
    this.hint = more.hint;
  }
}

const hints: Readonly<Record<number, string>> = {
  401: 'log in: eb login, or --user NAME with EB_PASSWORD in the environment, or a token in EB_TOKEN',
  403: 'this belongs to somebody else, or needs the role admin',
  404: 'check the identifier; offers and sessions are known only to the broker that made them',
  405: 'the broker does not know this command; it may speak plain v1.0 only',
  406: 'the broker does not answer in JSON',
  409: 'look at its present phase (eb watch) before trying again',
  413: 'make the request smaller',
  429: 'wait a little and try again',
  503: 'wait a little and try again',
};

const hintOfAdministration = 'check the name; the administration may have an address of its own (http.admin in the configuration of the node): give it by --url or a context';

/** The error for an answer of status 400 or more. */
export function refusedCall(status: number, body: string, what: string): ClientError {
  const problem = readProblem(body);
  const words = problem?.detail ?? problem?.title ?? `the broker answered ${status}`;
  const hint = firstFix(problem) ?? hintOf(status, problem);
  return new ClientError('refused', `${what}: ${words}`, { status, ...(problem ? { problem } : {}), ...(hint ? { hint } : {}) });
}

function hintOf(status: number, problem: WireProblem | undefined): string | undefined {
  return status === 404 && problem?.instance?.startsWith('/admin/') === true ? hintOfAdministration : hints[status];
}

function firstFix(problem: WireProblem | undefined): string | undefined {
  return problem?.faults?.find((fault) => fault.fix !== undefined)?.fix;
}

function readProblem(body: string): WireProblem | undefined {
  if (!body.trimStart().startsWith('{')) return undefined;
  try {
    return JSON.parse(body) as WireProblem;
  } catch (cause) {
    // A proxy may cut a body short: the status alone tells enough.
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

/** The error for a call that got no answer. */
export function unreachable(url: string, cause: unknown): ClientError {
  return new ClientError('unreachable', `no answer from ${url}: ${causeText(cause)}`, {
    cause, hint: 'is the broker running there? set its address with --url, EB_URL or eb context',
  });
}

function causeText(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return causeText(cause.errors[0]);
  if (!(cause instanceof Error)) return String(cause);
  return cause.message === '' ? ((cause as NodeJS.ErrnoException).code ?? cause.name) : cause.message;
}
