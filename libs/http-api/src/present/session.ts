import { formatInstant, kinds } from '#model';
import type { OfferSet, Session } from '#model';
import type { Schemas } from '#openapi';
import { presentComponent, presentCompute, presentSchedule } from './components.js';
import { lifeMessages, presentMessage, presentOption } from './notes.js';

/** A session or offer in v1.0 form. `base`: URL of the node, without a slash at the end. */
export function presentSession(of: Session, base: string): Schemas['ScheduledExecutionSession'] {
  return {
    kind: kinds.scheduledSession,
    meta: sessionMeta(of, base),
    ...(of.costs.length > 0 && { costs: of.costs }),
    ...(of.metrics.length > 0 && { metrics: of.metrics }),
    phase: of.phase,
    expires: formatInstant(of.expires),
    executable: presentComponent(of.executable),
    compute: presentCompute(of.compute),
    ...(of.storage.length > 0 && { storage: of.storage.map(presentComponent) }),
    ...(of.data.length > 0 && { data: of.data.map(presentComponent) }),
    connectors: of.connectors,
    schedule: presentSchedule(of.schedule),
  };
}

export function presentSessions(of: readonly Session[], base: string): Schemas['SessionList'] {
  return { sessions: of.map((session) => presentSession(session, base)) };
}

/** What v1.0 wants of a refused direct execution: a session that has failed and says why; it has no times, so it is a simple one. */
export function presentRefusal(of: OfferSet, base: string): Schemas['SimpleExecutionSession'] {
  return {
    kind: kinds.simpleSession,
    meta: {
      uuid: of.id, ...(of.name !== undefined && { name: of.name }), url: offerSetUrl(of.id, base),
      created: formatInstant(of.created), modified: formatInstant(of.modified), messages: of.messages.map(presentMessage),
    },
    phase: 'FAILED',
  };
}

export function sessionUrl({ id, url }: Pick<Session, 'id' | 'url'>, base: string): string {
  return url ?? `${base}/sessions/${id}`;
}

export function offerSetUrl(id: string, base: string): string {
  return `${base}/offersets/${id}`;
}

function sessionMeta(of: Session, base: string): Schemas['ComponentMetadata'] {
  const messages = [...of.messages.map(presentMessage), ...lifeMessages(of)];
  return {
    uuid: of.id, ...(of.name !== undefined && { name: of.name }), url: sessionUrl(of, base), created: formatInstant(of.created), modified: formatInstant(of.modified),
    ...(messages.length > 0 && { messages }),
    ...(of.options.length > 0 && { options: of.options.map(presentOption) }),
  };
}
