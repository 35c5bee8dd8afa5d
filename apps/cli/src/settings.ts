/** From global options, environment and contexts to a client: an option wins over the environment, that over the current context. */
import { BrokerClient, defaultUrl } from '#client';
import type { Credentials } from '#client';
import { writeYaml } from '#openapi';
import { contextsPath, passwordOf, readContexts, readSecretFile } from './contexts.js';
import type { Context } from './contexts.js';
import { UsageError } from './exit.js';
import { currentToken, isLoggedIn } from './login/current-token.js';
import { loginKey } from './login/token-cache.js';
import type { Look } from './render/sessions.js';
import { shown } from './render/shown.js';
import type { Terminal } from './terminal.js';

export interface GlobalOptions {
  readonly url?: string;
  readonly context?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly output?: 'json' | 'yaml' | 'wide';
  readonly utc?: boolean;
}

/** What every command gets. */
export interface Session {
  readonly terminal: Terminal;
  readonly options: GlobalOptions;
  readonly look: Look;
  client(): Promise<BrokerClient>;
  /** One without credentials, to find out how to log in. */
  stranger(): Promise<BrokerClient>;
  /** What a login at this broker is kept under. */
  loginKey(): Promise<string>;
  /** Prints `document` as JSON or YAML where that was asked for, else what `draw` makes of it. */
  answer(document: unknown, draw: () => string): void;
}

export function openSession(terminal: Terminal, options: GlobalOptions): Session {
  const look = { zone: options.utc === true ? 'utc' : terminal.zone, wide: options.output === 'wide' };
  return {
    terminal, options, look,
    client: () => makeClient(terminal, options),
    stranger: async () => new BrokerClient({ url: (await placeOf(terminal, options)).url, clock: terminal.clock }),
    loginKey: async () => (await placeOf(terminal, options)).key,
    answer: (document, draw) => {
      if (options.output === 'json') terminal.out(`${JSON.stringify(document, null, 2)}\n`);
      else if (options.output === 'yaml') terminal.out(writeYaml(document));
      else terminal.out(shown(draw()));
    },
  };
}

async function makeClient(terminal: Terminal, options: GlobalOptions): Promise<BrokerClient> {
  const place = await placeOf(terminal, options);
  const { url, key, context } = place;
  const known = { url, clock: terminal.clock };
  if (await isOwnLogin(terminal, options, place)) return new BrokerClient({ ...known, identify: async () => bearer(await currentToken(terminal, key)) });
  const token = terminal.env['EB_TOKEN'];
  if (token !== undefined && token !== '' && options.user === undefined) return new BrokerClient({ ...known, identify: () => Promise.resolve(bearer(token)) });
  const login = await credentials(terminal, options, context);
  if (login) return new BrokerClient({ ...known, credentials: login });
  return await isLoggedIn(terminal, key) ? new BrokerClient({ ...known, identify: async () => bearer(await currentToken(terminal, key)) }) : new BrokerClient(known);
}

/** Who names a context that one is logged in to means that login: what is in the environment may be for another broker. */
async function isOwnLogin(terminal: Terminal, { context, user }: GlobalOptions, place: Place): Promise<boolean> {
  return context !== undefined && user === undefined && place.context !== undefined && place.context.user === undefined && isLoggedIn(terminal, place.key);
}

interface Place { readonly url: string; readonly key: string; readonly context: Context | undefined }

/** Which broker, and what a login there is kept under. A context's password and login go only to the broker that the context names. */
async function placeOf(terminal: Terminal, options: GlobalOptions): Promise<Place> {
  const { name, context } = await contextOf(terminal, options);
  const url = options.url ?? preferred(options, terminal.env['EB_URL'], context?.url) ?? defaultUrl;
  const isIts = url === context?.url;
  return { url, key: loginKey(url, isIts ? name : undefined), context: isIts ? context : undefined };
}

/** The environment wins over the current context; a context that is named wins over the environment, which may be about another broker. */
function preferred({ context }: GlobalOptions, ofEnvironment: string | undefined, ofContext: string | undefined): string | undefined {
  return context === undefined ? ofEnvironment ?? ofContext : ofContext ?? ofEnvironment;
}

function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}

async function contextOf(terminal: Terminal, options: GlobalOptions): Promise<{ readonly name?: string; readonly context?: Context }> {
  const { current, contexts } = await readContexts(contextsPath(terminal.env));
  const name = options.context ?? terminal.env['EB_CONTEXT'] ?? current;
  if (name === undefined) return {};
  const context = contexts[name];
  if (context === undefined) throw new UsageError(`there is no context '${name}'`, `known: ${Object.keys(contexts).join(', ') || 'none'}; make one with eb context set`);
  return { name, context };
}

async function credentials(terminal: Terminal, options: GlobalOptions, context: Context | undefined): Promise<Credentials | undefined> {
  const user = options.user ?? preferred(options, terminal.env['EB_USER'], context?.user);
  if (user === undefined) return undefined;
  const password = await findPassword(terminal, options, context?.user === user ? context : undefined);
  if (password === undefined) throw new UsageError(`no password for ${user}`, 'set EB_PASSWORD, or give --password-file FILE');
  return { user, password };
}

async function findPassword(terminal: Terminal, options: GlobalOptions, context: Context | undefined): Promise<string | undefined> {
  if (options.passwordFile !== undefined) return (await readSecretFile(options.passwordFile)).trimEnd();
  const own = context && await passwordOf(context, terminal.env);
  return preferred(options, terminal.env['EB_PASSWORD'], own) ?? terminal.askSecret?.('password: ');
}
