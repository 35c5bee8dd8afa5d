/** Documents of the domain as answers: made as a value for YAML and XML, as text for JSON. */
import type { OfferSet, Session } from '#model';
import { WrittenTwoWays } from '../reply.js';
import { presentOfferSet } from './offerset.js';
import { presentSession, presentSessions } from './session.js';
import { offerSetText, sessionText, sessionsText } from './text.js';

export function offerSetAnswer(of: OfferSet, base: string): WrittenTwoWays {
  return new WrittenTwoWays(() => presentOfferSet(of, base), () => offerSetText(of, base));
}

export function sessionAnswer(of: Session, base: string): WrittenTwoWays {
  return new WrittenTwoWays(() => presentSession(of, base), () => sessionText(of, base));
}

export function sessionsAnswer(of: readonly Session[], base: string): WrittenTwoWays {
  return new WrittenTwoWays(() => presentSessions(of, base), () => sessionsText(of, base));
}
