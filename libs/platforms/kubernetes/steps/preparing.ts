/** Everything short of running: the place and the image, the Job, and what it owns. The Job says when all of it stands. */
import type { V1Job, V1Secret } from '@kubernetes/client-node';
import type { Plan, SessionId } from '#model';
import type { PlatformHost, Work } from '#plugin-sdk';
import { accessPorts } from '#plugin-sdk';
import type { KubernetesConfig } from '../config.js';
import { secretsOf } from '../payload/environment.js';
import { gateSecrets } from '../ways-in/gate.js';
import type { Holding } from './holding.js';
import { jobOf } from './job.js';
import { provideKept } from '../storage/kept-claims.js';
import type { KubernetesClient } from '../kubernetes.client.js';
import { jobName, noteOf, ownedBy, preparedNote, secretName, waysNote } from '../names.js';
import { isStatus } from '../api/native-fault.js';
import { NetworkRules } from '../ways-in/network.js';
import { notebookSecret, withContainer } from '../payload/notebook.js';
import { placeOf } from '../capacity/place.js';
import { openWays } from '../ways-in/ports.js';
import type { Snapshots } from '../watching/snapshot.js';
import { fillClaims } from './stager.js';
import type { Uploads } from './stager.js';
import { claimsOf } from '../storage/storage.js';

export interface PreparingParts {
  readonly config: KubernetesConfig; readonly client: KubernetesClient; readonly uploads: Uploads; readonly host: PlatformHost;
  readonly holding: Holding | undefined; readonly snapshots: Snapshots;
}

interface Owner { readonly name: string; readonly uid: string }

export class Preparing {
  /** Sessions that are being prepared by this process. */
  readonly underway = new Set<SessionId>();
  private readonly rules: NetworkRules;

  constructor(private readonly parts: PreparingParts) {
    this.rules = new NetworkRules(parts.client, parts.config, parts.host.instance);
  }

  async prepare(plan: Plan, work: Work): Promise<void> {
    this.underway.add(plan.session);
    try {
      await this.build(withContainer(plan, this.parts.config), work);
    } finally {
      this.underway.delete(plan.session);
    }
  }

  private async build(plan: Plan, work: Work): Promise<void> {
    const { config, client, host, holding } = this.parts;
    work.signal.throwIfAborted();
    await this.rules.keep();
    const wanted = jobOf(plan, config, { maker: host, now: host.clock.now(), isComplete: !hasBelongings(plan), ahead: client.serverClock.ahead });
    await holding?.ready({ session: plan.session, start: plan.run.start, job: wanted }, work.signal);
    work.signal.throwIfAborted();
    const job = await this.make(wanted);
    if (noteOf(job, preparedNote) === 'yes') return;
    await this.furnish(plan, { name: jobName(plan.session), uid: job.metadata?.uid ?? '' }, work);
  }

  /** As it is, if it is there: another form of it would undo a start or a cancellation. */
  private async make(wanted: V1Job & { metadata: { name: string } }): Promise<V1Job> {
    const { client } = this.parts;
    try {
      return await client.create<V1Job>('Job', wanted);
    } catch (fault) {
      if (!isStatus(fault, 409)) throw fault;
      return await client.get<V1Job>('Job', wanted.metadata.name) ?? await client.create<V1Job>('Job', wanted);
    }
  }

  private async furnish(plan: Plan, owner: Owner, work: Work): Promise<void> {
    const { client, config, host } = this.parts;
    const belonging = { session: plan.session, maker: host };
    const secrets = { ...secretsOf(plan.executable), ...gateSecrets(plan, config) };
    const files = await notebookSecret(plan, config, host, work);
    if (Object.keys(secrets).length > 0) {
      await client.apply<V1Secret>('Secret', { apiVersion: 'v1', kind: 'Secret', metadata: ownedBy(owner, { ...belonging, role: 'payload' }, secretName(plan.session)), stringData: { ...secrets }, data: { ...files } });
    }
    await this.store(plan, owner, work);
    const ways = await openWays(client, { plan, owner, belonging: { ...belonging, role: 'way-in' } }, config);
    work.signal.throwIfAborted();
    const notes = { [preparedNote]: 'yes', ...(ways.length === 0 ? {} : { [waysNote]: JSON.stringify(ways) }) };
    await client.merge('Job', owner.name, { metadata: { annotations: notes } });
  }

  private async store(plan: Plan, owner: Owner, work: Work): Promise<void> {
    const { client, config, host } = this.parts;
    const { storage } = placeOf(plan, config);
    if (plan.storage.length === 0) return;
    if (config.kept) await provideKept({ client, instance: host.instance }, plan, config.kept);
    for (const claim of storage === undefined ? [] : claimsOf(plan, storage, owner, { session: plan.session, maker: host, role: 'storage' })) await client.apply('PersistentVolumeClaim', claim);
    await fillClaims(this.parts, plan, work);
  }
}

/** What the Job alone can't have. */
function hasBelongings(plan: Plan): boolean {
  return plan.storage.length > 0 || accessPorts(plan.executable).length > 0 || Object.keys(secretsOf(plan.executable)).length > 0;
}
