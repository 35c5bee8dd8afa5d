/** Tokens of notebooks and of gates in their ways in. They are in the sessions' Secrets only, and each is read once in the life of this process. */
import type { V1Secret } from '@kubernetes/client-node';
import type { Log, SessionId } from '#model';
import type { Observation } from '#plugin-sdk';
import { gateTokenKey } from './gate.js';
import type { KubernetesClient } from '../kubernetes.client.js';
import { secretName } from '../names.js';
import { tokenMark, tokenVariable } from '../payload/notebook.js';

export class Tokens {
  private readonly known = new Map<SessionId, string>();

  constructor(private readonly client: KubernetesClient, private readonly log: Log) {}

  /** The same, with the token where a way in needs it; without its ways in while the token can't be read. */
  async fill(session: SessionId, seen: Observation): Promise<Observation> {
    if (seen.seen !== 'running' || !seen.connectors?.some(({ location }) => location.includes(tokenMark))) return seen;
    const token = this.known.get(session) ?? await this.read(session);
    if (token === undefined) return { seen: 'running' };
    return { ...seen, connectors: seen.connectors.map((one) => ({ ...one, location: one.location.replaceAll(tokenMark, token) })) };
  }

  forget(session: SessionId): void {
    this.known.delete(session);
  }

  private async read(session: SessionId): Promise<string | undefined> {
    try {
      const secret = await this.client.get<V1Secret>('Secret', secretName(session));
      const token = Buffer.from(secret?.data?.[tokenVariable] ?? secret?.data?.[gateTokenKey] ?? '', 'base64').toString();
      if (token !== '') this.known.set(session, token);
      return token === '' ? undefined : token;
    } catch (fault) {
      this.log.warn('the token of a session can not be read now', { session, fault: String(fault) });
      return undefined;
    }
  }
}
