/**
 * The gate: a proxy beside the payload that lets through who shows the session's token (decision 0040). It needs nothing of whatever
 * ingress or gateway the site has. Its token and its configuration are in the session's Secret.
 */
import { randomBytes } from 'node:crypto';
import type { V1Container, V1ResourceRequirements, V1Volume } from '@kubernetes/client-node';
import type { ContainerPort, Executable, Plan, Reason, SessionId } from '#model';
import { reason } from '#model';
import type { KubernetesConfig } from '../config.js';
import { secretName } from '../names.js';
import { isNotebook } from '../payload/notebook.js';
import { containerSecurity } from '../payload/pod.js';

/** Keys in the session's Secret. */
export const gateTokenKey = 'way-in-token';
const configKey = 'gate.conf';
const folder = '/.execution-broker/gate';
/** The first port that it listens at; one for each port of the payload. */
const firstPort = 19_080;
/** What it takes of the session's own size. */
const share = { millicores: 50, mebibytes: 64 };
export const gateName = 'gate';

/** Ports that it stands before, each with its own. Notebooks ask for their token themselves. */
export function gatedPorts(executable: Executable, { connectors }: Pick<KubernetesConfig, 'connectors'>): readonly { readonly port: ContainerPort; readonly gate: number }[] {
  if (connectors.gate === undefined || isNotebook(executable)) return [];
  const web = (executable.network?.ports ?? []).filter(({ access, protocol }) => access === true && protocol === 'HTTP');
  return web.map((port, index) => ({ port, gate: firstPort + index }));
}

/** Why these ports can't be had behind a gate: it can't look into what is encrypted by the payload. */
export function judgeGated({ network }: Executable, { connectors }: Pick<KubernetesConfig, 'connectors'>): readonly Reason[] {
  const ports = connectors.gate === undefined ? [] : network?.ports ?? [];
  return ports.flatMap((port, index) => judgePort(port, `executable.network.ports[${index}]`, ports.length));
}

function judgePort({ access, protocol, internal }: ContainerPort, at: string, most: number): readonly Reason[] {
  if (access === true && protocol === 'HTTPS') return [reason('protocol-refused', 'ways in for the web ask for a token here, which they can not for HTTPS of the container; serve HTTP, encryption comes before it', {}, { path: `${at}.protocol` })];
  const number = internal?.port ?? 0;
  const isTaken = number >= firstPort && number < firstPort + most;
  return isTaken ? [reason('port-refused', 'port {port} is taken by what asks for tokens here; use another', { port: number }, { path: `${at}.internal.port` })] : [];
}

/** What of it goes into the session's Secret. */
export function gateSecrets(plan: Plan, config: KubernetesConfig): Readonly<Record<string, string>> {
  const ports = gatedPorts(plan.executable, config);
  if (ports.length === 0) return {};
  const token = randomBytes(24).toString('hex');
  return { [gateTokenKey]: token, [configKey]: nginxOf(ports, { token, session: plan.session, isSecure: config.connectors.gateway?.tls ?? config.connectors.ingress?.secret !== undefined }) };
}

/** A sidecar in the cluster's sense: started before the payload, and ended after it. */
export function gateParts(plan: Plan, config: KubernetesConfig): { readonly containers: readonly V1Container[]; readonly volumes: readonly V1Volume[] } {
  const ports = gatedPorts(plan.executable, config);
  const { gate } = config.connectors;
  if (gate === undefined || ports.length === 0) return { containers: [], volumes: [] };
  const [command = '', ...args] = gate.command.map((word) => word.replaceAll('{config}', `${folder}/${configKey}`));
  const container: V1Container = {
    name: gateName, image: gate.image, restartPolicy: 'Always', command: [command], args, resources: gateResources(),
    securityContext: { ...containerSecurity(config), readOnlyRootFilesystem: true, ...(gate.user === undefined ? {} : { runAsUser: gate.user }) },
    ports: ports.map(({ gate: containerPort }) => ({ containerPort })), readinessProbe: { tcpSocket: { port: firstPort }, periodSeconds: 1, failureThreshold: 2 },
    volumeMounts: [{ name: 'gate', mountPath: folder, readOnly: true }, { name: 'gate-tmp', mountPath: '/tmp' }],
  };
  const secret = { secretName: secretName(plan.session), items: [{ key: configKey, path: configKey }] };
  return { containers: [container], volumes: [{ name: 'gate', secret }, { name: 'gate-tmp', emptyDir: { sizeLimit: '256Mi' } }] };
}

function gateResources(): V1ResourceRequirements {
  const amounts = { cpu: `${share.millicores}m`, memory: `${share.mebibytes}Mi` };
  return { requests: amounts, limits: amounts };
}

/** What is left of the session's size for the payload: both together have what was granted. */
export function besideGate(whole: V1ResourceRequirements, granted: Plan['granted']): V1ResourceRequirements {
  const less = { cpu: `${(granted['cores'] ?? 1) * 1000 - share.millicores}m`, memory: `${(granted['memory'] ?? 1) * 1024 - share.mebibytes}Mi` };
  return { requests: { ...whole.requests, ...less }, limits: { ...whole.limits, ...less } };
}

interface Opened { readonly token: string; readonly session: SessionId; readonly isSecure: boolean }

/** By address at first, which leaves a cookie; or by header, which is not passed on. Nothing shown: 401; something wrong: 403. */
function nginxOf(ports: ReturnType<typeof gatedPorts>, { token, session, isSecure }: Opened): string {
  const cookie = `eb_way_in_${session.slice(0, 8)}`;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((one) => `  ${one}_temp_path /tmp/${one};`).join('\n');
  const servers = ports.map(({ port, gate }) => `  server {
    listen ${gate};
    if ($refusal = 401) { return 401; }
    if ($refusal = 403) { return 403; }
    location / { proxy_pass http://127.0.0.1:${port.internal?.port ?? 0}; }
  }`).join('\n');
  return `worker_processes 1;
daemon off;
pid /tmp/gate.pid;
events { worker_connections 512; }
http {
  access_log off;
  server_tokens off;
  map_hash_bucket_size 256;
  client_max_body_size 0;
${temporary}
  map $arg_token $by_address { default 0; "${token}" 1; }
  map $cookie_${cookie} $by_cookie { default 0; "${token}" 1; }
  map $http_authorization $by_header { default 0; "Bearer ${token}" 1; }
  map "$arg_token$cookie_${cookie}$http_authorization" $unknown { default 403; "" 401; }
  map "$by_address$by_cookie$by_header" $refusal { default 0; "000" $unknown; }
  map $by_address $new_cookie { default ""; 1 "${cookie}=${token}; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}"; }
  map $by_header $authorization { default $http_authorization; 1 ""; }
  map $http_upgrade $connection_wanted { default upgrade; "" ""; }
  add_header Set-Cookie $new_cookie;
  add_header Referrer-Policy no-referrer;
  proxy_http_version 1.1;
  proxy_buffering off;
  proxy_request_buffering off;
  proxy_read_timeout 1h;
  proxy_set_header Host $http_host;
  proxy_set_header Authorization $authorization;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_wanted;
${servers}
}
`;
}
