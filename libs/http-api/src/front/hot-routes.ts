import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Admission } from '../admission/admission.js';
import { RequestsController } from '../controllers/requests.controller.js';
import { SessionsController } from '../controllers/sessions.controller.js';
import type { FrontRoute } from './front.js';

/** What clients call again and again: asking, accepting, looking. */
export function hotRoutes(app: NestFastifyApplication): readonly FrontRoute[] {
  const requests = app.get(RequestsController, { strict: false });
  const sessions = app.get(SessionsController, { strict: false });
  const admission = app.get(Admission, { strict: false });
  const hasRoomFor = (connection: object): Promise<boolean> => admission.hasRoomFor(connection);
  return [
    { method: 'POST', url: '/requests', answer: (request, reply) => requests.ask(request, reply), hasRoomFor },
    { method: 'POST', url: '/direct', answer: (request, reply) => requests.direct(request, reply), hasRoomFor },
    { method: 'GET', url: '/offersets/:uuid', answer: (request, reply) => requests.offerSet(request, reply) },
    { method: 'GET', url: '/sessions/:uuid', answer: (request, reply) => sessions.session(request, reply) },
    { method: 'POST', url: '/sessions/:uuid', answer: (request, reply) => sessions.update(request, reply) },
  ];
}
