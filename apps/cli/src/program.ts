/** The command tree: words and options only; what they do is in commands/. */
import { Command, Option } from 'commander';
import { audit, drain } from './commands/audit.js';
import { addAccount, listAccounts, removeAccount, setPassword } from './commands/admin.js';
import { addToCalendar, listCalendar, removeFromCalendar } from './commands/calendar.js';
import { listContexts, removeContext, setContext, useContext } from './commands/context.js';
import { login, logout, whoAmI } from './commands/login.js';
import { capacity, check } from './commands/node.js';
import type { CheckFlags } from './commands/node.js';
import { addMember, drainMember, listMembers, removeMember, testMember } from './commands/members.js';
import { accept, ask, offers } from './commands/offers.js';
import { testPolicies, tryPolicies } from './commands/policy.js';
import type { TryFlags } from './commands/policy.js';
import { run } from './commands/run.js';
import { cancel, list, logs, watch } from './commands/sessions.js';
import { explain, extend, keep, resize } from './commands/changes.js';
import { listStorage, removeSiteStorage, removeStorage } from './commands/storage.js';
import { createToken, listTokens, revokeToken } from './commands/tokens.js';
import { UsageError } from './exit.js';
import { openSession } from './settings.js';
import type { GlobalOptions, Session } from './settings.js';
import type { Terminal } from './terminal.js';

/** `words` are those behind `--`; `done` gets the exit code of the command that ran. */
export interface Surroundings { readonly terminal: Terminal; readonly words: readonly string[]; done(code: number): void }

type Work = (session: Session) => Promise<number>;
type Act = (command: Command, work: Work) => Promise<void>;

export function makeProgram(around: Surroundings): Command {
  const program = new Command('eb')
    .description('When and where can I run this? Talks to IVOA ExecutionBroker v1.0 brokers.')
    .addOption(new Option('-o, --output <form>', 'form of answers').choices(['json', 'yaml', 'wide']))
    .option('--url <url>', 'address of the broker (EB_URL; default http://127.0.0.1:8642)')
    .option('--context <name>', 'broker by its name in the contexts (EB_CONTEXT)')
    .option('--user <name>', 'account (EB_USER; its password in EB_PASSWORD)')
    .option('--password-file <file>', 'file with the password')
    .option('--utc', 'show times in UTC instead of the local zone')
    .addHelpText('after', '\nExit codes: 0 done, 1 the broker answered NO (or a checked file is faulty), 2 wrong usage,\n3 broker, network or session failed, 130 cancelled; run and watch end with the payload\'s own code.');
  const act: Act = async (command, work) => { around.done(await work(openSession(around.terminal, command.optsWithGlobals<GlobalOptions>()))); };
  addRequests(program, act, around.words);
  addSessions(program, act);
  addNode(program, act);
  addLogin(program, act);
  addTokens(program.command('token').description('personal access tokens, for scripts and notebooks'), act);
  addStorage(program.command('storage').description('storage of yours that is kept after sessions'), act);
  addPolicies(program.command('policy').description('rules of a node, tried before they count'), act, around.words);
  addContexts(program.command('context').description('brokers by name'), act);
  const admin = program.command('admin').description('for administrators');
  addAccounts(admin.command('accounts').description('local accounts'), act);
  addCalendar(admin.command('calendar').description('maintenance, growth, and blocks for groups'), act);
  addSiteStorage(admin.command('storage').description('storage of everybody that is kept after sessions'), act);
  addOperation(admin, act);
  addMembers(admin.command('members').description('members of an aggregator'), act);
  return program;
}

function addRequests(program: Command, act: Act, words: readonly string[]): void {
  const examples = '\nExamples:\n  eb ask request.yaml\n  eb run --cores 1:2 --duration 10m -- node -e "console.log(6 * 7)"\n'
    + '  eb ask --image ghcr.io/org/app:1.2 --data cube=https://example.org/cube.fits --mount cube:/data --start now/4h\n';
  withFlags(program.command('ask [file]').description('ask for offers; FILE is YAML or JSON, - is stdin')).addHelpText('after', examples)
    .action((file: string | undefined, _flags: object, command: Command) => act(command, (session) => ask(session, file, command.opts(), words)));
  withFlags(program.command('run [file]').description('ask, accept the best offer, follow it, end with its exit code')).addHelpText('after', examples)
    .action((file: string | undefined, _flags: object, command: Command) => act(command, (session) => run(session, file, command.opts(), words)));
  program.command('offers <set>').description('show the offers of a set')
    .action((uuid: string, _flags: object, command: Command) => act(command, (session) => offers(session, uuid)));
  program.command('explain <set>').description('how the answer to a request came about')
    .action((uuid: string, _flags: object, command: Command) => act(command, (session) => explain(session, uuid)));
  program.command('accept <session-or-set>').description('accept an offer; of a set: the best one, or --offer N')
    .option('--offer <n>', 'number of the offer in its set', readNumber)
    .action((uuid: string, flags: { offer?: number }, command: Command) => act(command, (session) => accept(session, uuid, flags.offer)));
}

function withFlags(command: Command): Command {
  const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];
  return command
    .option('--name <name>', 'name of the request')
    .option('--image <image>', 'container image, with @sha256:… to be sure of it')
    .option('--entrypoint <path>', 'instead of the entrypoint of the image')
    .option('--command <words>', 'what to run; or put it behind --')
    .option('--cores <min:max>', 'cores')
    .option('--memory <min:max>', 'memory in GiB')
    .option('--accelerator <type=min:max>', 'accelerators of a type that the broker has, over all nodes; several may be given', collect)
    .option('--nodes <min:max>', 'hosts that all of it is spread over, evenly')
    .option('--duration <min:max>', 'how long: 90m, 2h, PT1H, 1h:4h')
    .option('--start <window>', 'when: now/2h, +1h/30m, 2030-06-03T09:00/2030-06-03T12:00; several may be given', collect)
    .option('--storage <name=min:max>', 'storage in GiB', collect)
    .option('--data <name=url>', 'data to bring; #sha256=… behind the URL verifies it', collect)
    .option('--mount <name:path:mode>', 'show storage or data at a path; rw to write', collect)
    .option('--env <name=value>', 'environment variable', collect)
    .option('--port <port/protocol/path>', 'way in to a container', collect);
}

function addSessions(program: Command, act: Act): void {
  program.command('sessions').description('list your sessions').option('--phase <phases>', 'only these, with commas between').option('--limit <n>', 'most to show')
    .option('--before <session>', 'only older ones than this')
    .action((_flags: object, command: Command) => act(command, (session) => list(session, command.opts())));
  program.command('watch <session>').description('follow a session until it ends')
    .action((uuid: string, _flags: object, command: Command) => act(command, (session) => watch(session, uuid)));
  program.command('logs <session>').description('output of a session').option('-f, --follow', 'until it ends')
    .action((uuid: string, flags: { follow?: boolean }, command: Command) => act(command, (session) => logs(session, uuid, flags.follow === true)));
  program.command('extend <session> <length>').description('make a session longer by +30m, or longer or shorter by its whole length 3h')
    .action((uuid: string, length: string, _flags: object, command: Command) => act(command, (session) => extend(session, uuid, length)));
  program.command('keep <offer> <until>').description('keep an offer open longer by +10m, or until an instant')
    .action((uuid: string, until: string, _flags: object, command: Command) => act(command, (session) => keep(session, uuid, until)));
  program.command('resize <session>').description('give a session other cores or memory, where its platform can')
    .option('--cores <n>', 'whole cores').option('--memory <n>', 'GiB')
    .action((uuid: string, flags: { cores?: string; memory?: string }, command: Command) => act(command, (session) => resize(session, uuid, flags)));
  program.command('cancel <session>').description('stop a session')
    .action((uuid: string, _flags: object, command: Command) => act(command, (session) => cancel(session, uuid)));
}

function addNode(program: Command, act: Act): void {
  program.command('capacity').description('what is free when').option('--from <instant>', 'begin; now').option('--for <duration>', 'length; 1d')
    .action((_flags: object, command: Command) => act(command, (session) => capacity(session, command.opts())));
  program.command('check [file]').description('judge the configuration file of a node or an aggregator').option('--schema', 'print the JSON schema of that file')
    .option('--aggregator', 'take it for that of an aggregator; left out: found out by its sections')
    .option('--live', 'also look at the real platforms: reached, versions, rights, clocks')
    .action((file: string | undefined, flags: CheckFlags, command: Command) => act(command, (session) => check(session, file, flags)));
}

function addLogin(program: Command, act: Act): void {
  program.command('login').description('log in at an issuer that the broker trusts').option('--issuer <url>', 'which, of several')
    .option('--device', 'by a code that is typed elsewhere; the default where the issuer can').option('--browser', 'by a browser on this machine')
    .option('--client-id <id>', 'public client of the issuer, where the broker names none').option('--scope <scopes>', 'instead of those that the broker names')
    .action((_flags: object, command: Command) => act(command, (session) => login(session, command.opts())));
  program.command('logout').description('forget the login at this broker').action((_flags: object, command: Command) => act(command, logout));
  program.command('whoami').description('who the broker takes you for').action((_flags: object, command: Command) => act(command, whoAmI));
}

function addStorage(storage: Command, act: Act): void {
  storage.command('list').action((_flags: object, command: Command) => act(command, (session) => listStorage(session)));
  storage.command('remove <name>').description('with all that is in it')
    .action((name: string, _flags: object, command: Command) => act(command, (session) => removeStorage(session, name)));
}

function addSiteStorage(storage: Command, act: Act): void {
  storage.command('list').action((_flags: object, command: Command) => act(command, (session) => listStorage(session, true)));
  storage.command('remove <id>').description('with all that is in it')
    .action((id: string, _flags: object, command: Command) => act(command, (session) => removeSiteStorage(session, id)));
}

function addTokens(token: Command, act: Act): void {
  const words = (value: string): readonly string[] => value.split(',');
  token.command('create <name>').description('NAME says what it is for; the token is shown once').option('--for <duration>', 'how long it lives: 7d; 30d by default')
    .option('--scope <scopes>', 'compute.read, compute.create, compute.modify, compute.cancel', words).option('--role <roles>', 'of yours; user by default', words)
    .action((name: string, _flags: object, command: Command) => act(command, (session) => createToken(session, name, command.opts())));
  token.command('list').action((_flags: object, command: Command) => act(command, listTokens));
  token.command('revoke <id>').action((id: string, _flags: object, command: Command) => act(command, (session) => revokeToken(session, id)));
}

function addOperation(admin: Command, act: Act): void {
  admin.command('audit').description('who did what').option('--from <instant>').option('--to <instant>').option('--who <id>', 'for example local:alice')
    .option('--action <action>', 'ask, accept, cancel, credential, admin.drain …').option('--subject <uuid>', 'offer set or session').option('--outcome <outcome>', 'done, no, refused, failed')
    .option('--limit <n>', 'most to show; newest first').option('--export', 'all that fits as JSON lines, oldest first').option('--verify', 'look at the whole chain')
    .option('--noted <number:hash>', 'with --verify: an entry that was noted earlier must still be there')
    .action((_flags: object, command: Command) => act(command, (session) => audit(session, command.opts())));
  admin.command('drain').description('offer nothing new, keep what is promised').option('--note <text>', 'why; shown to those who are refused').option('--undo', 'offer again').option('--show', 'change nothing, tell how it is')
    .action((_flags: object, command: Command) => act(command, (session) => drain(session, command.opts())));
}

function addPolicies(policy: Command, act: Act, words: readonly string[]): void {
  policy.command('test <file>').description('run the cases of FILE against the configuration that it names; exit 1 when one fails')
    .action((file: string, _flags: object, command: Command) => act(command, (session) => testPolicies(session, file)));
  withFlags(policy.command('try [file]').description('what the rules would say to a request; FILE is YAML or JSON, - is stdin'))
    .requiredOption('--as <somebody>', "name of an account, '{realm: srcnet, groups: [a]}', or @FILE with such a document")
    .option('--config <file>', 'rules of this configuration instead of a running node')
    .action((file: string | undefined, _flags: object, command: Command) => act(command, (session) => tryPolicies(session, file, command.opts<TryFlags>(), words)));
}

function addContexts(context: Command, act: Act): void {
  context.command('list').action((_flags: object, command: Command) => act(command, listContexts));
  context.command('use <name>').action((name: string, _flags: object, command: Command) => act(command, (session) => useContext(session, name)));
  context.command('set <name>').alias('add').description('make or replace, with --url, --user and where the password is')
    .option('--password-env <variable>', 'environment variable with the password').option('--store', 'ask for the password and keep it in the file')
    .action((name: string, _flags: object, command: Command) => act(command, (session) => setContext(session, name, command.opts())));
  context.command('remove <name>').action((name: string, _flags: object, command: Command) => act(command, (session) => removeContext(session, name)));
}

function addAccounts(accounts: Command, act: Act): void {
  const secret = (command: Command): Command => command.option('--new-password-file <file>', 'file with the password').option('--new-password-env <variable>', 'variable with it');
  const words = (value: string): readonly string[] => value.split(',');
  accounts.command('list').action((_flags: object, command: Command) => act(command, listAccounts));
  secret(accounts.command('add <name>')).option('--role <roles>', 'user, admin, operator, auditor', words).option('--group <groups>', 'with commas between', words)
    .action((name: string, _flags: object, command: Command) => act(command, (session) => addAccount(session, name, command.opts())));
  accounts.command('remove <name>').action((name: string, _flags: object, command: Command) => act(command, (session) => removeAccount(session, name)));
  secret(accounts.command('password <name>'))
    .action((name: string, _flags: object, command: Command) => act(command, (session) => setPassword(session, name, command.opts())));
}

function addMembers(members: Command, act: Act): void {
  const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];
  members.command('list').description('every member, its health, and what it runs').action((_flags: object, command: Command) => act(command, listMembers));
  members.command('add <name> <url>').description('add a member; it stays over restarts')
    .option('--expose', 'its own addresses may be seen').option('--hide <host>', 'host name that stays inside; several may be given', collect)
    .option('--gateway <url>', 'where its connectors are shown').option('--credentials <name>', 'of the configuration of the aggregator')
    .action((name: string, url: string, _flags: object, command: Command) => act(command, (session) => addMember(session, name, url, command.opts())));
  members.command('remove <name>').option('--force', 'although sessions run there')
    .action((name: string, _flags: object, command: Command) => act(command, (session) => removeMember(session, name, command.opts())));
  members.command('drain <name>').description('ask it no more; its sessions go on').option('--undo', 'ask it again')
    .action((name: string, _flags: object, command: Command) => act(command, (session) => drainMember(session, name, command.opts())));
  members.command('test <name>').description('call it now').action((name: string, _flags: object, command: Command) => act(command, (session) => testMember(session, name)));
}

function addCalendar(calendar: Command, act: Act): void {
  const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];
  calendar.command('list').action((_flags: object, command: Command) => act(command, listCalendar));
  calendar.command('add <kind> <pool>').description('KIND is maintenance, growth or block; POOL as eb capacity shows it')
    .option('--amount <name=n>', 'amount of a resource; several may be given; maintenance without: all of the pool', collect)
    .option('--when <time>', 'start/end or start/length, several may be given; a bare start: for good', collect)
    .option('--count <n>', 'how often the times come again, with --every').option('--every <length>', 'for example 7d')
    .option('--zone <zone>', 'whose clock repeats keep; default yours')
    .option('--group <group>', 'whom a block is for').option('--grace <length>', 'after so long the unused part of a block goes back to everybody')
    .option('--when-full <what>', 'what its group gets when a block is full: general or refuse')
    .option('--name <name>').option('--note <text>').option('--force', 'take what is free, and tell the sessions in the way').option('--dry', 'only say what would be')
    .action((kind: string, pool: string, _flags: object, command: Command) => act(command, (session) => addToCalendar(session, kind, pool, command.opts())));
  calendar.command('remove <id>').option('--force', 'give back what is unused of a block').option('--dry', 'only say whether it could be')
    .action((id: string, _flags: object, command: Command) => act(command, (session) => removeFromCalendar(session, id, command.opts())));
}

function readNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new UsageError(`'${text}' is not a number of an offer`, 'offers count from 1');
  return number;
}
