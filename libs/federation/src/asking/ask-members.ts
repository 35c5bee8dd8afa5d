/** One request to all members side by side, within a deadline. Who is late is silent; what it offers then is given back. */
import { ClientError } from '#client';
import { reason } from '#model';
import type { Instant } from '#model';
import { faultWords } from '../faults.js';
import { giveBack } from '../accepting/give-back.js';
import { jsonHeaders } from '../calling/member-connection.js';
import type { Ground } from '../ground.js';
import { judgeAnswer } from '../judging/judge-answer.js';
import type { MemberAnswer } from '../judging/judge-answer.js';
import { Limit } from '../calling/limit.js';
import { writeTrail } from '../members/member.js';
import type { Member } from '../members/member.js';
import type { Question } from './question.js';

/** Every member loses a little time on the way to us. */
const patienceShare = 0.9;

/** The members of one wave side by side; those of the next when nobody of the first offers anything. One deadline for all. */
export async function askMembers(ground: Ground, waves: readonly (readonly Member[])[], question: Question): Promise<readonly MemberAnswer[]> {
  const { clock } = ground.parts;
  const until = clock.now() + question.deadline;
  const limit = ground.deadlines.after(question.deadline);
  const deadline = new Promise<'over'>((resolve) => { limit.onEnd({ stop: () => { resolve('over'); } }); });
  const body = Buffer.from(question.said);
  const answers: MemberAnswer[] = [];
  try {
    for (const wave of waves.filter(({ length }) => length > 0)) {
      answers.push(...await askWave({ ground, question, body, headers: headersOf(ground, question, until) }, wave, deadline));
      if (answers.some((one) => one.offers.length > 0) || clock.now() >= until) break;
    }
    return answers;
  } finally {
    ground.deadlines.done(limit);
  }
}

/** The same for all members of a wave: written once. */
interface Asking { readonly ground: Ground; readonly question: Question; readonly body: Buffer; readonly headers: Readonly<Record<string, string>> }

function headersOf({ parts: { settings, clock } }: Ground, { trail }: Question, until: Instant): Readonly<Record<string, string>> {
  return { ...jsonHeaders, ...writeTrail({ ...trail, hops: [...trail.hops, settings.name], patience: (until - clock.now()) * patienceShare }) };
}

/** `isOver`: whoever answers now is late. */
interface Turn { readonly limit: Limit; isOver: boolean }

async function askWave(asking: Asking, wave: readonly Member[], deadline: Promise<'over'>): Promise<readonly MemberAnswer[]> {
  const turn: Turn = { limit: new Limit(), isOver: false };
  const answers: (MemberAnswer | undefined)[] = wave.map(() => undefined);
  const asked = wave.map(async (member, at) => (answers[at] = await askOne(asking, member, turn)));
  const all = Promise.all(asked);
  const first = await Promise.race([all, deadline]);
  if (first !== 'over') return first;
  turn.isOver = true;
  const late = wave.flatMap((member, at) => (answers[at] ? [] : [{ member, answer: asked[at] as Promise<MemberAnswer> }]));
  listenOn(asking, late, turn.limit);
  return wave.map((member, at) => answers[at] ?? silent(member, 'no answer in time'));
}

/** Late members are listened to for a while: what they offer now is given back. */
function listenOn({ ground, question: { actor } }: Asking, late: readonly { readonly member: Member; readonly answer: Promise<MemberAnswer> }[], limit: Limit): void {
  const patience = ground.deadlines.after(ground.parts.settings.lateFor);
  patience.onEnd({ stop: (why) => { limit.end(why); } });
  void Promise.all(late.map(({ answer }) => answer)).then(() => { ground.deadlines.done(patience); });
  for (const { member, answer } of late) {
    ground.circuits.failed(member.name);
    ground.later(`late offers of ${member.name}`, answer.then(({ offers, unusable }) => giveBack(ground, { member, actor }, [...offers.map((one) => one.uuid), ...unusable])));
  }
}

/** Never rejects: a member that can't be asked is silent. */
async function askOne({ ground, question, body, headers }: Asking, member: Member, turn: Turn): Promise<MemberAnswer> {
  if (!ground.circuits.mayAsk(member.name)) return silent(member, 'it failed several times and is left alone for a while');
  try {
    const answer = judgeAnswer(ground, member, question, await ground.connect(member, question.actor).ask(body, headers, turn.limit));
    // Who is always late is waited for in vain each time: an answer that comes too late mends nothing.
    if (!turn.isOver) ground.circuits.succeeded(member.name);
    return answer;
  } catch (error) {
    ground.parts.log.warn('a member could not be asked', { member: member.name, error: String(error), ...(error instanceof ClientError && error.cause ? { cause: String(error.cause) } : {}) });
    if (!turn.isOver && isItsFault(error)) ground.circuits.failed(member.name);
    return silent(member, faultWords(error));
  }
}

/** That it refused this caller's request says nothing about its health. */
function isItsFault(error: unknown): boolean {
  return !(error instanceof ClientError && error.fault === 'refused' && (error.status ?? 500) < 500);
}

function silent(member: Member, why: string): MemberAnswer {
  return { member: member.name, offers: [], messages: [], unusable: [], remarks: [reason('member-silent', '{member} gave no offers: {why}', { member: member.name, why })] };
}
