import { contextsPath, readContexts, writeContexts } from '../contexts.js';
import type { Context } from '../contexts.js';
import { exits, UsageError } from '../exit.js';
import { drawTable } from '../render/table.js';
import type { Session } from '../settings.js';

/** `store` keeps a typed password in the file; otherwise the file says only where it can be found. */
export interface ContextFlags { readonly passwordEnv?: string; readonly store?: boolean }

export async function listContexts(session: Session): Promise<number> {
  const { current, contexts } = await readContexts(contextsPath(session.terminal.env));
  const shown = Object.entries(contexts).map(([name, context]) => ({ name, url: context.url, user: context.user, current: name === current }));
  session.answer(shown, () => drawTable(['', 'name', 'url', 'user'], shown.map((row) => [row.current ? '*' : '', row.name, row.url, row.user ?? '-'])));
  return exits.done;
}

export async function useContext(session: Session, name: string): Promise<number> {
  const path = contextsPath(session.terminal.env);
  const { contexts } = await readContexts(path);
  if (contexts[name] === undefined) throw unknown(name);
  await writeContexts(path, { current: name, contexts });
  return exits.done;
}

/** Makes or replaces; the first one becomes the current one. */
export async function setContext(session: Session, name: string, flags: ContextFlags): Promise<number> {
  const { url, user } = session.options;
  if (url === undefined) throw new UsageError('a context needs an address', `write eb context set ${name} --url https://broker.example.org`);
  const path = contextsPath(session.terminal.env);
  const { current = name, contexts } = await readContexts(path);
  const password = await passwordFor(session, flags);
  const context: Context = { url, ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) };
  await writeContexts(path, { current, contexts: { ...contexts, [name]: context } });
  return exits.done;
}

async function passwordFor(session: Session, flags: ContextFlags): Promise<Context['password']> {
  if (flags.passwordEnv !== undefined) return { env: flags.passwordEnv };
  if (session.options.passwordFile !== undefined) return { file: session.options.passwordFile };
  if (flags.store !== true) return undefined;
  const { askSecret } = session.terminal;
  if (askSecret === undefined) throw new UsageError('nobody can be asked for a password here', 'give --password-env NAME or --password-file FILE');
  return askSecret('password: ');
}

export async function removeContext(session: Session, name: string): Promise<number> {
  const path = contextsPath(session.terminal.env);
  const { current, contexts } = await readContexts(path);
  if (contexts[name] === undefined) throw unknown(name);
  const rest = Object.fromEntries(Object.entries(contexts).filter(([other]) => other !== name));
  await writeContexts(path, { ...(current === undefined || current === name ? {} : { current }), contexts: rest });
  return exits.done;
}

function unknown(name: string): UsageError {
  return new UsageError(`there is no context '${name}'`, 'see eb context list');
}
