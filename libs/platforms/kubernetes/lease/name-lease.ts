/**
 * Which node works under a platform's name in its namespace: a Lease that all replicas of the node renew. A second node of that name would take
 * the first one's sessions for its own when it reckons what is free, so it offers nothing (decision 0055).
 */
import type { V1Lease } from '@kubernetes/client-node';
import type { Instant, Milliseconds, Reason } from '#model';
import { formatInstant, reason } from '#model';
import type { PlatformHost } from '#plugin-sdk';
import { isRightMissing, isStatus } from '../api/native-fault.js';
import type { KubernetesClient } from '../kubernetes.client.js';
import { instanceLabel, instantOf, leaseName, managedBy, managedLabel, noteOf } from '../names.js';

/** Name of the node that holds the Lease, as its configuration says it. */
const holderNote = 'execution-broker/holder';
/** The last other node that wanted it, as JSON. */
const contenderNote = 'execution-broker/contender';
const renewedEvery: Milliseconds = 10_000;
/** Who has not renewed it for so long is gone. */
export const heldFor: Milliseconds = 40_000;
const tries = 3;
/** A server that is away does not keep a node from ending. */
const givenBackWithin: Milliseconds = 2_000;

/** `seen`: by the API server's clock. */
export interface Occupant { readonly name: string; readonly identity: string; readonly seen: Instant }
interface LeaseParts { readonly client: KubernetesClient; readonly host: Pick<PlatformHost, 'instance' | 'node' | 'clock' | 'log'> }

/** Who holds the Lease, and who wanted it in vain, each if it was seen a moment ago. */
export interface Occupants { readonly holder: Occupant | undefined; readonly contender: Occupant | undefined }

export function occupantsOf(lease: V1Lease | undefined, now: Instant): Occupants {
  if (lease === undefined) return { holder: undefined, contender: undefined };
  const isThere = (one: Occupant | undefined): Occupant | undefined => (one !== undefined && one.identity !== '' && Math.abs(now - one.seen) <= heldFor ? one : undefined);
  const { holderIdentity = '', renewTime } = lease.spec ?? {};
  const note = noteOf(lease, contenderNote);
  return {
    holder: isThere({ name: noteOf(lease, holderNote) ?? '', identity: holderIdentity, seen: instantOf(renewTime) ?? 0 }),
    contender: isThere(note === undefined ? undefined : JSON.parse(note) as Occupant),
  };
}

/** The API server's present, as far as its answers tell it. */
export function serverNow({ client, host }: LeaseParts): Instant {
  return host.clock.now() + client.serverClock.ahead;
}

export class NameLease {
  private other: Occupant | undefined;
  private contender: Occupant | undefined;
  private isHeld = false;
  private lookedAt: Instant = Number.NEGATIVE_INFINITY;
  private looking: Promise<void> | undefined;
  /** What was logged is not said again at every look. */
  private readonly told = new Set<string>();

  constructor(private readonly parts: LeaseParts) {}

  /** Why nothing may be offered, as last seen; undefined where nobody else works under this name, or nobody can tell. */
  get refusal(): Reason | undefined {
    const { client, host } = this.parts;
    if (this.other === undefined) return undefined;
    const { name, identity } = this.other;
    const text = "another node, '{node}' ({identity}), works under the name '{platform}' in namespace '{namespace}'; its operator or this one's has to give this platform another name or namespace";
    return reason('platform-name-taken', text, { node: name, identity, platform: host.instance, namespace: client.namespace }, { level: 'ERROR' });
  }

  /** Says that this node works here, or learns that another one does. Looks again when the last look is older than a renewal. */
  async look(): Promise<void> {
    const { host } = this.parts;
    if (host.node?.identity === undefined || host.clock.now() - this.lookedAt < renewedEvery) return;
    this.looking ??= this.claim(host.node.name, host.node.identity).finally(() => { this.looking = undefined; });
    await this.looking;
  }

  /** Until the signal aborts: a node that has nothing to do is there all the same. */
  async keep(signal: AbortSignal): Promise<void> {
    const { host } = this.parts;
    while (host.node?.identity !== undefined && !signal.aborted) {
      await this.look();
      await host.clock.sleep(renewedEvery, signal).catch((fault: unknown) => { if (!signal.aborted) throw fault; });
    }
  }

  /**
   * At the end: whoever comes next need not wait until it is over. Replicas that go on take it again at their next look. Not where another node is
   * waiting for it, which could be faster than they.
   */
  async giveBack(): Promise<void> {
    const { client, host } = this.parts;
    await this.looking;
    if (!this.isHeld || this.contender !== undefined) return;
    const ending = new AbortController();
    const given = client.merge('Lease', leaseName(host.instance), { spec: { holderIdentity: null, renewTime: null } }).then(() => undefined, (fault: unknown) => { this.passOver(fault); });
    await Promise.race([given, host.clock.sleep(givenBackWithin, ending.signal).catch((fault: unknown) => { if (!ending.signal.aborted) throw fault; })]);
    ending.abort(new Error('it is given back'));
  }

  private async claim(name: string, identity: string): Promise<void> {
    for (let left = tries; left > 0; left -= 1) {
      const isDone = await this.tryToClaim(name, identity);
      if (isDone) return;
    }
  }

  /** False where somebody else has written it meanwhile: a replica, or another node. */
  private async tryToClaim(name: string, identity: string): Promise<boolean> {
    const { client, host } = this.parts;
    try {
      const lease = await client.get<V1Lease>('Lease', leaseName(host.instance));
      const own: Occupant = { name, identity, seen: serverNow(this.parts) };
      const { holder, contender } = occupantsOf(lease, own.seen);
      const isOurs = holder === undefined || holder.identity === identity;
      await (isOurs ? this.renew(lease, own) : client.merge('Lease', leaseName(host.instance), { metadata: { annotations: { [contenderNote]: JSON.stringify(own) } } }));
      this.tell(isOurs ? undefined : holder, isOurs && contender?.identity !== identity ? contender : undefined);
      this.lookedAt = host.clock.now();
      return true;
    } catch (fault) {
      return this.passOver(fault);
    }
  }

  private async renew(lease: V1Lease | undefined, { name, identity, seen }: Occupant): Promise<void> {
    const { client, host } = this.parts;
    const wanted = leaseOf({ name, identity, seen }, host.instance);
    const isNew = lease?.spec?.holderIdentity !== identity;
    const { resourceVersion } = lease?.metadata ?? {};
    if (resourceVersion === undefined) await client.create('Lease', wanted);
    else await client.merge('Lease', leaseName(host.instance), { ...wanted, metadata: { ...wanted.metadata, resourceVersion }, spec: { ...wanted.spec, ...(isNew ? { acquireTime: microTime(seen) } : {}) } });
  }

  private tell(other: Occupant | undefined, contender: Occupant | undefined): void {
    const { client, host } = this.parts;
    const where = { platform: host.instance, namespace: client.namespace };
    const fix = 'give this platform another name or namespace';
    if (other !== undefined && this.other?.identity !== other.identity) host.log.error('another node works under the name of this platform, so nothing is offered on it', { ...where, node: other.name, identity: other.identity, fix });
    if (other === undefined && this.other !== undefined) host.log.info('the other node that worked under the name of this platform is gone', where);
    if (contender !== undefined && this.isNew(contender.identity)) host.log.warn('another node wants to work under the name of this platform', { ...where, node: contender.name, identity: contender.identity, seen: formatInstant(contender.seen) });
    this.other = other;
    this.contender = contender;
    this.isHeld = other === undefined;
  }

  /** Without the right, and while the server is away, what was seen last holds. */
  private passOver(fault: unknown): boolean {
    const { host } = this.parts;
    if (isStatus(fault, 409) || isStatus(fault, 404)) return false;
    if (!isRightMissing(fault)) host.log.debug('the lease of the platform can not be kept now', { platform: host.instance, fault: String(fault) });
    else if (this.isNew('right-missing')) host.log.warn("whether another node works under the name of this platform can't be seen; grant 'get, create, patch leases'", { platform: host.instance });
    return true;
  }

  private isNew(what: string): boolean {
    const isKnown = this.told.has(what);
    this.told.add(what);
    return !isKnown;
  }
}

function leaseOf({ name, identity, seen }: Occupant, instance: string): V1Lease & { metadata: { name: string } } {
  return {
    apiVersion: 'coordination.k8s.io/v1', kind: 'Lease',
    metadata: { name: leaseName(instance), labels: { [managedLabel]: managedBy, [instanceLabel]: instance }, annotations: { [holderNote]: name } },
    // The library's type is a class with a special way to write itself; the server takes its text.
    spec: { holderIdentity: identity, leaseDurationSeconds: heldFor / 1000, renewTime: microTime(seen) } as unknown as NonNullable<V1Lease['spec']>,
  };
}

/** With six digits, as the server wants it. */
function microTime(instant: Instant): string {
  return new Date(instant).toISOString().replace('Z', '000Z');
}
