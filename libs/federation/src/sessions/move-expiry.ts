/** An offer that is to wait longer, or shorter: the member decides; here it still ends a little sooner than there. */
import { formatInstant, parseInstant } from '#model';
import type { Instant, Milliseconds, Session, Update } from '#model';
import { changeSet } from '../sets/federation-store.js';
import type { Ground } from '../ground.js';
import { leftAsItIs, updateSession } from './route-session.js';
import type { Route } from './route-session.js';
import { offerView } from '../sets/set-views.js';

export async function moveExpiry(ground: Ground, route: Route, update: Update): Promise<Session> {
  const { expiryMargin } = ground.parts.settings;
  const before = route.set.offers[route.index]?.session.expires;
  const moved = await updateSession(ground, route, later(update, expiryMargin));
  const expires = moved.expires - expiryMargin;
  if (expires === before && expires !== wantedOf(update)) throw leftAsItIs({ ...moved, expires }, update);
  const set = await changeSet(ground.parts.store, route.set, (now) => ({
    ...now, modified: ground.now,
    offers: now.offers.map((one, at) => (at === route.index ? { ...one, session: { ...one.session, expires } } : one)),
  }));
  return offerView(set, route.index, ground.now) as Session;
}

/** The client means the time that it sees, which is ours. */
function later(update: Update, by: Milliseconds): Update {
  const wanted = wantedOf(update);
  return update.kind === 'string' && wanted !== undefined ? { ...update, value: formatInstant(wanted + by) } : update;
}

function wantedOf(update: Update): Instant | undefined {
  const read = update.kind === 'string' ? parseInstant(update.value) : undefined;
  return read?.ok === true ? read.value : undefined;
}
