/** Who may come in to the administration. */
import type { FastifyRequest } from 'fastify';
import { BrokerError, hasScope, isAdmin, operates, readsEverything, reason } from '#model';
import type { Requester } from '#model';
import { insufficientScope } from './refused.js';
import type { Access } from './tokens.js';

const who = {
  admins: { may: isAdmin, words: 'admins' },
  'admins and auditors': { may: readsEverything, words: 'admins and auditors' },
  operators: { may: operates, words: 'operators and admins' },
  staff: { may: (requester: Requester) => operates(requester) || readsEverything(requester), words: 'operators, auditors and admins' },
} as const;

/** Who sends this request, when it is one of `those`; throws 'unauthenticated' or 'forbidden'. A token limited to some scopes is limited here too. */
export async function admit(access: Pick<Access, 'requesterOf'>, request: FastifyRequest, those: keyof typeof who): Promise<Requester> {
  const requester = await access.requesterOf(request);
  const { may, words } = who[those];
  if (!may(requester)) throw new BrokerError('forbidden', 'operator', [reason('forbidden', 'This is for {who} only', { who: words })]);
  const scope = request.method === 'GET' || request.method === 'HEAD' ? 'compute.read' : 'compute.modify';
  if (!hasScope(requester, scope)) throw insufficientScope(scope);
  return requester;
}
