/** The node's implementation of the port: one site, its platforms, its calendar. */
import type {
  CapacityReport, Digest, ExecutionBroker, ExecutionRequest, Explanation, Instant, Interval, Log, OfferSet, OfferSetId, Passage, Requester, Session, SessionEvent, SessionId, SessionPhase, SessionQuery,
  Update,
} from '#model';
import { BrokerError, clientChoices, offerIndexOf, offerSetOf, readsEverything, reason, sessionIdOf } from '#model';
import type { LedgerStore, StoredOfferSet } from '#booking';
import { optionsFor } from '#sessions';
import type { SessionFeed, SessionLogs, SessionRecord, SessionStore, SessionTasks } from '#sessions';
import { acceptOffer, rejectedView, rejectOffer } from './accepting/accepting.js';
import type { AskingParts } from './offering/asking.js';
import { ask } from './offering/asking.js';
import { offeringAnew } from './accepting/fresh-offers.js';
import { capacityReport } from './capacity/capacity-report.js';
import { moveExpiry } from './changing/expiry.js';
import { changeLive } from './changing/changing.js';
import { DigestKeeper } from './capacity/digest-keeper.js';
import { withOptions } from './changing/options.js';
import { notFound, requireOwner, requireReader } from './ownership.js';
import { documentOf, offerSession, sessionById, wholeSet } from './offering/offer-views.js';
import type { Found } from './offering/offer-views.js';
import { RememberedVerdicts } from './judging/remembered-verdicts.js';
import { explanationOf } from './offering/trail.js';
import { wantedChange, wantedExpiry } from './changing/wanted-change.js';
import type { Wish } from './changing/wanted-change.js';

export interface NodeParts extends AskingParts {
  readonly offerSets: Pick<LedgerStore, 'offerSet'>;
  readonly sessions: SessionStore;
  readonly tasks: SessionTasks;
  readonly feed: SessionFeed;
  readonly sessionLogs: SessionLogs;
  readonly log: Log;
}

export class NodeBroker implements ExecutionBroker {
  private readonly digests: DigestKeeper;
  private readonly verdicts: RememberedVerdicts;

  constructor(private readonly parts: NodeParts) {
    this.digests = new DigestKeeper(parts);
    this.verdicts = new RememberedVerdicts(() => parts.now());
  }

  async ask(request: ExecutionRequest, requester: Requester, passage?: Passage): Promise<OfferSet> {
    return this.shown(await ask(this.parts, request, requester, passage), requester);
  }

  async direct(request: ExecutionRequest, requester: Requester): Promise<Session | OfferSet> {
    const set = await ask(this.parts, request, requester);
    if (set.state !== 'OFFERED') return wholeSet(this.parts, set);
    const session = await offeringAnew(this.parts, set, requester, () => acceptOffer(this.parts, set, offerSession(set, 0, this.parts.now()), requester));
    this.parts.tasks.nudge();
    return { ...session, options: optionsFor(session) };
  }

  async offerSet(id: OfferSetId, requester: Requester): Promise<OfferSet> {
    const set = await this.parts.offerSets.offerSet(id);
    if (!set) throw notFound('offer set', id);
    this.requireReader(set.owner, requester, 'offer set');
    return this.shown(set, requester);
  }

  async explanation(id: OfferSetId, requester: Requester): Promise<Explanation> {
    const set = await this.parts.offerSets.offerSet(id);
    if (!set) throw notFound('offer set', id);
    requireReader(set.owner, requester, 'offer set');
    const document = documentOf(set);
    const { steps, left } = explanationOf(document);
    const record = set.accepted === undefined ? undefined : await this.parts.sessions.find(sessionIdOf(id, set.accepted));
    return { set: id, owner: set.owner, created: set.created, result: document.terms.length > 0 ? 'YES' : 'NO', steps: [...steps, ...record?.work.judged ?? []], left };
  }

  async session(id: SessionId, requester: Requester): Promise<Session> {
    const found = await sessionById(this.parts, id);
    if (!found) throw notFound('session', id);
    this.requireReader(found.session.owner, requester, 'session');
    return this.withOptions(found, requester);
  }

  async sessions(query: SessionQuery, requester: Requester): Promise<readonly Session[]> {
    const records = await this.parts.sessions.list({ ...query, ...(readsEverything(requester) ? {} : { owner: requester.id }) });
    return Promise.all(records.map((record) => this.withOptions({ session: record.session, record }, requester)));
  }

  async update(id: SessionId, update: Update, requester: Requester): Promise<Session> {
    const found = await sessionById(this.parts, id);
    if (!found) throw notFound('session', id);
    const { session, record } = found;
    requireOwner(session.owner, requester, 'session');
    const wish = record && wantedChange(update, session, record.plan.run.start);
    if (record && wish) return this.change(record, wish, requester);
    const expires = found.offer && wantedExpiry(update, session);
    if (found.offer && expires !== undefined) return this.move(found.offer.set, session, { to: expires, requester });
    const phase = wantedPhase(update, session);
    if (phase === 'CANCELLED') return this.cancel(session);
    return phase === 'ACCEPTED' ? this.accept(session, requester) : this.reject(session);
  }

  async events(id: SessionId, after: number, requester: Requester, signal: AbortSignal): Promise<AsyncIterable<SessionEvent>> {
    await this.requireAccepted(id, requester);
    return this.parts.feed.events(id, after, signal);
  }

  async logs(id: SessionId, follow: boolean, requester: Requester, signal: AbortSignal): Promise<AsyncIterable<string>> {
    await this.requireAccepted(id, requester);
    return this.parts.sessionLogs.read(id, follow, signal);
  }

  async capacity(window: Interval): Promise<CapacityReport> {
    await this.parts.others?.refresh();
    return capacityReport(this.parts, window);
  }

  digest(): Promise<Digest> {
    return this.digests.read();
  }

  /** Each offer with what its owner may change of it. */
  private async shown(set: StoredOfferSet, requester: Requester): Promise<OfferSet> {
    const whole = await wholeSet(this.parts, set);
    const parts = this.lookingAt(set);
    return { ...whole, offers: await Promise.all(whole.offers.map((session, index) => (index === set.accepted ? this.session(session.id, requester) : withOptions(parts, { session, offer: { set, index } }, requester)))) };
  }

  private withOptions(found: Found, requester: Requester): Promise<Session> {
    return withOptions(this.lookingAt(found.offer?.set ?? found.session), found, requester);
  }

  /** The parts, with policies that are not asked again and again about the same thing in the same state. */
  private lookingAt({ id, modified }: { readonly id: string; readonly modified: Instant }): NodeParts {
    const { policies, policyVersion = '' } = this.parts;
    return { ...this.parts, policies: this.verdicts.over(policies, `${policyVersion} ${id} ${modified}`) };
  }

  private async accept(offer: Session, requester: Requester): Promise<Session> {
    const set = await this.parts.offerSets.offerSet(offer.offerSet);
    if (!set) throw notFound('offer set', offer.offerSet);
    const session = await this.current(offer, () => offeringAnew(this.parts, set, requester, () => acceptOffer(this.parts, set, offer, requester)));
    this.parts.tasks.nudge();
    return { ...session, options: optionsFor(session) };
  }

  private async reject(offer: Session): Promise<Session> {
    const set = await this.parts.offerSets.offerSet(offer.offerSet);
    if (!set) throw notFound('offer set', offer.offerSet);
    await this.current(offer, () => rejectOffer(this.parts, set, offer));
    return rejectedView(set, offer, this.parts.now());
  }

  private async change(record: SessionRecord, wish: Wish, requester: Requester): Promise<Session> {
    const { id } = await this.current(record.session, () => changeLive(this.parts, record, wish, requester));
    return this.session(id, requester);
  }

  private async move(set: StoredOfferSet, offer: Session, wish: { readonly to: Instant; readonly requester: Requester }): Promise<Session> {
    await this.current(offer, () => moveExpiry(this.parts, set, offer, wish));
    return this.session(offer.id, wish.requester);
  }

  private async cancel(session: Session): Promise<Session> {
    const cancelled = await this.current(session, () => this.parts.tasks.cancel(session.id));
    return { ...cancelled, options: optionsFor(cancelled) };
  }

  /** A conflict shows the session as it is now, not as it was when the call came. */
  private async current<T>(session: Session, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof BrokerError) || error.word !== 'conflict') throw error;
      const now = await sessionById(this.parts, session.id);
      throw new BrokerError('conflict', error.fixer, error.reasons, { cause: error, session: now?.session ?? session, fresh: error.fresh });
    }
  }

  private requireReader(owner: Session['owner'], requester: Requester, what: string): void {
    if (!this.parts.settings.publicReads) requireReader(owner, requester, what);
  }

  private async requireAccepted(id: SessionId, requester: Requester): Promise<void> {
    const record = await this.parts.sessions.find(id);
    if (record) {
      this.requireReader(record.session.owner, requester, 'session');
      return;
    }
    const set = await this.parts.offerSets.offerSet(offerSetOf(id));
    if (!set || offerIndexOf(id) < 0) throw notFound('session', id);
    this.requireReader(set.owner, requester, 'session');
    throw new BrokerError('conflict', 'caller', [reason('phase', 'this is an offer that was not accepted: it has no events and no output', {})]);
  }
}

/** The phase that an update asks for, if it can be had now; everything else is a conflict that names what can. */
function wantedPhase(update: Update, session: Session): 'ACCEPTED' | 'REJECTED' | 'CANCELLED' {
  const choices = clientChoices(session.phase);
  const fix = fixFor(session.phase, choices);
  if (update.path !== 'phase' || (update.kind !== 'enum' && update.kind !== 'string')) {
    throw new BrokerError('conflict', 'caller', [reason('update', "'{path}' can't be changed by this kind of update ({kind}); {fix}; the session's options name what else can be", { kind: update.kind, fix }, { path: update.path })], { session });
  }
  const wanted = choices.find((phase) => phase === update.value);
  if (wanted === 'ACCEPTED' || wanted === 'REJECTED' || wanted === 'CANCELLED') return wanted;
  const facts = { value: update.value.slice(0, 60), now: session.phase, fix };
  throw new BrokerError('conflict', 'caller', [reason(session.phase === 'EXPIRED' ? 'expired' : 'phase', "a session in phase {now} can't be set to {value}; {fix}", facts, { path: 'phase' })], { session });
}

function fixFor(now: SessionPhase, choices: readonly SessionPhase[]): string {
  if (now === 'EXPIRED') return 'the offer has expired, send the request again for fresh ones';
  return choices.length > 0 ? `now 'phase' can be set to ${choices.join(' or ')}` : `nothing can be changed in phase ${now}`;
}
