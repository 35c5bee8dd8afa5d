/** For `eb check --live`: is the cluster there, and has the broker each right that its configuration needs? */
import type { KubernetesObject, V1PriorityClass, V1ResourceQuota, V1StorageClass } from '@kubernetes/client-node';
import type { Finding, PlatformHost } from '#plugin-sdk';
import type { KubernetesConfig } from './config.js';
import type { KubernetesClient } from './kubernetes.client.js';
import { extendedOf } from './capacity/accelerators.js';
import { configuredRooms, roomsOf } from './capacity/capacity.js';
import { checkName, clockOf } from './lease/check.js';
import { rightsOf } from './rights.js';
import type { Right } from './rights.js';

interface CheckedParts { readonly config: KubernetesConfig; readonly client: KubernetesClient; readonly host: PlatformHost }

/** Minor versions that the platform was tried with are around this one; older ones lack what it uses. */
const oldest = 29;

export async function checkCluster(parts: CheckedParts): Promise<readonly Finding[]> {
  const reached = await attempt('connection', () => versionOf(parts));
  if (reached.some(({ verdict }) => verdict === 'bad')) return reached;
  const groups = await Promise.all([checkRights(parts), checkNodes(parts), checkClasses(parts), checkQuota(parts), checkGateway(parts), attempt(`name ${parts.host.instance}`, () => checkName(parts))]);
  return [...reached, clockOf(parts), ...groups.flat()];
}

export async function attempt(about: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (fault) {
    return [{ about, verdict: 'bad', seen: fault instanceof Error ? fault.message : String(fault) }];
  }
}

export async function versionOf({ client }: Pick<CheckedParts, 'client'>): Promise<readonly Finding[]> {
  const { gitVersion } = await client.version();
  const minor = Number(/^v1\.(\d+)/.exec(gitVersion)?.[1]);
  if (minor >= oldest) return [{ about: 'connection', verdict: 'good', seen: `Kubernetes ${gitVersion}` }];
  return [{ about: 'connection', verdict: 'doubtful', seen: `Kubernetes ${gitVersion}, not tried`, fix: `use 1.${oldest} or later` }];
}

async function checkRights({ client, config }: CheckedParts): Promise<readonly Finding[]> {
  return Promise.all(rightsOf(config).map(async (right): Promise<Finding> => {
    const about = `right to ${right.verb} ${right.resource}${right.subresource === undefined ? '' : `/${right.subresource}`}`;
    const { group, resource, subresource, verb, isGlobal, gives } = right;
    const [finding] = await attempt(about, async () => {
      const may = await client.may(verb, { group, resource, ...(subresource === undefined ? {} : { subresource }), ...(isGlobal ? {} : { namespace: config.namespace }) });
      return [may ? { about, verdict: 'good', seen: 'granted' } : denied(about, right, config.namespace, gives)];
    });
    return finding ?? denied(about, right, config.namespace, gives);
  }));
}

function denied(about: string, { verb, resource, isGlobal, isOptional }: Right, namespace: string, gives: string): Finding {
  const made = isGlobal ? 'kubectl create clusterrole' : `kubectl -n ${namespace} create role`;
  return { about, verdict: isOptional ? 'doubtful' : 'bad', seen: `denied; without it: ${gives}`, fix: `${made} NAME --verb=${verb} --resource=${resource}, and bind it to the broker; deploy/kubernetes/role.yaml has all of them` };
}

async function checkNodes({ client, config }: CheckedParts): Promise<readonly Finding[]> {
  return attempt('nodes', async () => {
    const read = config.pools.some(({ hosts, elastic }) => hosts === undefined && elastic === undefined);
    const nodes = read ? (await client.list('Node')).items : [];
    return config.pools.map((pool): Finding => {
      const rooms = pool.hosts || pool.elastic ? configuredRooms(pool) : roomsOf(pool, nodes, extendedOf(pool.name, config.accelerators));
      if (rooms.length === 0) return { about: `pool ${pool.name}`, verdict: 'bad', seen: 'no node of this class can take sessions', fix: 'correct selector, tolerations or architecture, or open the nodes' };
      const lacking = [...extendedOf(pool.name, named(config)).values()].filter((type) => rooms.every(({ total }) => (total[type] ?? 0) === 0));
      if (lacking.length === 0) return { about: `pool ${pool.name}`, verdict: 'good', seen: `${rooms.length} nodes` };
      return { about: `pool ${pool.name}`, verdict: 'bad', seen: `${rooms.length} nodes, none with ${lacking.join(', ')}`, fix: "correct 'accelerators', or install the device plugin on these nodes" };
    });
  });
}

/** Types that are said to be on certain nodes; the others may be on any, or none. */
function named({ accelerators }: KubernetesConfig): KubernetesConfig['accelerators'] {
  return accelerators.filter(({ pools }) => pools !== undefined);
}

/** Classes are cluster-wide objects; what may not be read is proven by the first session that needs it. */
async function checkClasses({ client, config }: CheckedParts): Promise<readonly Finding[]> {
  const { hold } = config;
  const priorities = hold ? [hold.priorityClass, hold.sessionPriorityClass] : [];
  const values = new Map<string, number>();
  const found = await Promise.all(priorities.map((name) => attempt(`priority class ${name}`, async () => {
    const one = await client.get<V1PriorityClass>('PriorityClass', name);
    if (one !== undefined) values.set(name, one.value);
    return [one === undefined ? missing('priority class', name) : { about: `priority class ${name}`, verdict: 'good', seen: `value ${one.value}` }];
  })));
  const classes = new Set([...config.storage, ...(config.kept ? [config.kept] : [])].map(({ class: name }) => name));
  const storage = await Promise.all([...classes].map((name) => attempt(`storage class ${name}`, async () => {
    const one = await client.get<V1StorageClass>('StorageClass', name);
    return [one === undefined ? missing('storage class', name) : { about: `storage class ${name}`, verdict: 'good', seen: one.provisioner }];
  })));
  const order: Finding[] = hold && (values.get(hold.sessionPriorityClass) ?? 1) <= (values.get(hold.priorityClass) ?? 0)
    ? [{ about: 'priorities', verdict: 'bad', seen: 'sessions are no more important than their placeholders, so they can not displace them', fix: `give ${hold.sessionPriorityClass} a higher value than ${hold.priorityClass}` }] : [];
  const unheld: Finding[] = hold ? [] : [{ about: 'hold', verdict: config.capacity === 'owned' ? 'good' : 'doubtful', seen: 'places are not held natively, so others can take them', fix: "configure 'hold'" }];
  return [...found.flat(), ...order, ...storage.flat(), ...unheld];
}

function missing(what: string, name: string): Finding {
  return { about: `${what} ${name}`, verdict: 'bad', seen: 'there is none', fix: `make it, or name another one; deploy/kubernetes has examples` };
}

async function checkQuota({ client, config }: CheckedParts): Promise<readonly Finding[]> {
  return attempt('quota', async () => {
    const { items } = await client.list<V1ResourceQuota>('ResourceQuota');
    if (items.length === 0) return [{ about: 'quota', verdict: 'good', seen: 'the namespace has none' }];
    const counts = items.some(({ spec }) => spec?.scopeSelector === undefined && Object.keys(spec?.hard ?? {}).some((name) => /cpu|memory/.test(name)));
    if (counts && config.hold?.displacing === 'preempt') {
      return [{ about: 'quota', verdict: 'doubtful', seen: 'placeholder and session count both while one displaces the other', fix: "give the quota room for both, limit it to other priority classes, or set hold.displacing: delete" }];
    }
    return [{ about: 'quota', verdict: 'good', seen: items.map(({ metadata }) => metadata?.name).join(', ') }];
  });
}

/** A route to a gateway that is not there is taken by the server, and leads nowhere. */
async function checkGateway({ client, config }: CheckedParts): Promise<readonly Finding[]> {
  const { gateway } = config.connectors;
  if (gateway === undefined) return [];
  const about = `gateway ${gateway.name}`;
  return attempt(about, async () => {
    const found = await client.in(gateway.namespace ?? config.namespace).get<GatewayState>('Gateway', gateway.name);
    if (found === undefined) return [{ about, verdict: 'bad', seen: 'there is none, or the cluster has no Gateway API', fix: 'install its definitions and a controller, and make the Gateway; or name another one' }];
    const isReady = found.status?.conditions?.some(({ type, status }) => type === 'Programmed' && status === 'True') === true;
    return [isReady ? { about, verdict: 'good', seen: 'programmed' } : { about, verdict: 'doubtful', seen: 'no controller has programmed it', fix: 'look at its conditions: kubectl describe gateway' }];
  });
}

interface GatewayState extends KubernetesObject { readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] } }
