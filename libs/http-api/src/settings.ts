import type { BlockList } from 'node:net';
import type { AcceleratorType, BrokerError, Clock, ExecutionBroker, Log, Requester } from '#model';
import type { Registry } from 'prom-client';
import type { AdmissionLimits } from './admission/admission.js';
import type { Addressed } from './forwarded.js';
import type { MediaType } from './negotiation.js';

export interface HttpOptions {
  /** URL that clients reach this node by, without a slash at the end; left out: what the request's Host says. */
  readonly publicUrl?: string;
  /** Addresses and CIDR blocks of proxies whose `Forwarded` and X-Forwarded-* headers are believed. */
  readonly trustedProxies: readonly string[];
  /** Origins whose pages may read answers; `*` for every one. */
  readonly corsOrigins: readonly string[];
  /** What is spoken where the client declares nothing; the draft says YAML. */
  readonly defaultMediaType: MediaType;
  /** Largest body in bytes. */
  readonly bodyLimit: number;
  /** Realm shown to those who must say who they are. */
  readonly realm: string;
  /** How `POST /requests` and `/direct` answer without a `Prefer` header: v1.0 clients expect `redirect` (303). */
  readonly answer: 'redirect' | 'representation';
  /** Milliseconds between comments that keep a silent event stream open. */
  readonly keepAlive: number;
}

export const defaultHttpOptions: HttpOptions = {
  defaultMediaType: 'application/yaml', bodyLimit: 1_048_576, realm: 'execution-broker', answer: 'redirect', keepAlive: 15_000,
  trustedProxies: [], corsOrigins: [],
};

export interface Readiness { readonly ready: boolean; readonly checks: Readonly<Record<string, unknown>> }

/** What the composition knows of the node. Durations are ISO 8601. */
export interface NodeFacts {
  readonly name: string;
  readonly anonymous: boolean;
  readonly publicReads: boolean;
  readonly kinds: Readonly<Record<'executable' | 'compute' | 'storage' | 'volume' | 'data', readonly string[]>>;
  /** Those that requests can ask for. */
  readonly accelerators?: readonly AcceleratorType[];
  readonly limits: Readonly<Record<string, string | number>>;
}

/** Everything that the HTTP interface is given. */
export interface HttpApiSetup {
  readonly broker: ExecutionBroker;
  /** Who sends this request; throws BrokerError('unauthenticated'). See {@link senderReader}. */
  readonly requesterOf: (request: Addressed) => Promise<Requester>;
  /** The header WWW-Authenticate of an error's answer, where it has one; left out: HTTP Basic for whoever is not known. */
  readonly challenges?: (error: BrokerError, base: string) => string | undefined;
  readonly options?: Partial<HttpOptions>;
  readonly clock: Clock;
  readonly log: Log;
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: Registry;
  /** What it can do now, for /capabilities. */
  readonly facts: () => Promise<NodeFacts>;
  /** Who may ask how much at a time. */
  readonly admission?: Partial<AdmissionLimits>;
}

/** The setup with every option filled in; injected by {@link HTTP_API}. */
export type HttpApi = Omit<HttpApiSetup, 'options'> & { readonly options: HttpOptions; readonly proxies: BlockList | undefined };

export const HTTP_API = Symbol('HTTP_API');
