/** Who may come in to the administration. */
import type { FastifyRequest } from 'fastify';
import { BrokerError, hasScope, isAdmin, operates, readsEverything, reason } from '#model';
import type { Requester } from '#model';
import { failureOf } from '../audit/auditor.js';
import { insufficientScope } from '../refused.js';
import type { Access } from './tokens.js';

const who = {
  admins: { may: isAdmin, words: 'admins' },
  'admins and auditors': { may: readsEverything, words: 'admins and auditors' },
  operators: { may: operates, words: 'operators and admins' },
  staff: { may: (requester: Requester) => operates(requester) || readsEverything(requester), words: 'operators, auditors and admins' },
} as const;

/** Who sends this request, when it is one of `those`; throws 'unauthenticated' or 'forbidden'. A token limited to some scopes is limited here too. */
export async function admit(access: Pick<Access, 'requesterOf' | 'auditor'>, request: FastifyRequest, those: keyof typeof who): Promise<Requester> {
  const requester = await access.requesterOf(request);
  const { may, words } = who[those];
  const scope = request.method === 'GET' || request.method === 'HEAD' ? 'compute.read' : 'compute.modify';
  const refusal = may(requester) ? (hasScope(requester, scope) ? undefined : insufficientScope(scope)) : onlyFor(words);
  if (!refusal) return requester;
  await access.auditor.note(requester, { action: `admin.${request.method.toLowerCase()}`, subject: request.routeOptions.url ?? '', ...failureOf(refusal) });
  throw refusal;
}

function onlyFor(words: string): BrokerError {
  return new BrokerError('forbidden', 'operator', [reason('forbidden', 'This is for {who} only', { who: words })]);
}
