/** Generated from execution-broker.yaml by `npm run generate`; do not edit. */
export interface paths {
    readonly "/.well-known/oauth-protected-resource": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Where to log in (RFC 9728) */
        readonly get: operations["ProtectedResource"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/accounts": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** List local accounts */
        readonly get: operations["AccountList"];
        readonly put?: never;
        /** Make a local account */
        readonly post: operations["AccountCreate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/accounts/{name}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /** Remove a local account */
        readonly delete: operations["AccountRemove"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/accounts/{name}/password": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        /** Set a password */
        readonly put: operations["AccountPassword"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/audit": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Read the audit record
         * @description For admins and auditors. With `Accept: application/x-ndjson` every entry that fits, oldest first, one JSON document in a line.
         */
        readonly get: operations["AuditList"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/audit/verification": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Verify the chain of the audit record */
        readonly get: operations["AuditVerify"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/calendar": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** List the site's changes of capacity */
        readonly get: operations["CalendarEntryList"];
        readonly put?: never;
        /**
         * Enter maintenance, growth, or a block for a group
         * @description A cut below what is promised is refused with the sessions and offer sets concerned, unless maintenance is forced.
         */
        readonly post: operations["CalendarEntryCreate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/calendar/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /** Remove an entry of the calendar */
        readonly delete: operations["CalendarEntryRemove"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/drain": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Whether the node is drained */
        readonly get: operations["DrainState"];
        /** Drain the node */
        readonly put: operations["DrainStart"];
        readonly post?: never;
        /** Let the node offer again */
        readonly delete: operations["DrainEnd"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/members": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * List the members of an aggregator
         * @description Own addition; only aggregators have members.
         */
        readonly get: operations["MemberList"];
        readonly put?: never;
        /**
         * Add a member
         * @description It stays over restarts, for all replicas. Credentials are named, never sent.
         */
        readonly post: operations["MemberAdd"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/members/{name}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /** Remove a member that was added */
        readonly delete: operations["MemberRemove"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/members/{name}/drain": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Ask a member no more; its sessions go on */
        readonly post: operations["MemberDrain"];
        /** Ask a member again */
        readonly delete: operations["MemberUndrain"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/members/{name}/test": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Call a member now
         * @description Is it there, does it know us, what does it run.
         */
        readonly post: operations["MemberTest"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/policies/try": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * What the policies in force would say
         * @description A dry run for administrators and auditors: the calendar is not asked, and nothing is held.
         */
        readonly post: operations["PolicyTry"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/storage": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** List all kept storage */
        readonly get: operations["SiteStorageList"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/admin/storage/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Remove kept storage of anybody
         * @description With all that is in it. Refused while a session or an open offer has it.
         */
        readonly delete: operations["SiteStorageRemove"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/capabilities": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** What this node can do, as VOSI 1.2 writes it */
        readonly get: operations["VosiCapabilities"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/capabilities.json": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * What this node can do
         * @description Own addition. Kinds, limits, authentication and media types; open to everybody.
         */
        readonly get: operations["Capabilities"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/capacity": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Totals and free amounts over time
         * @description Own addition.
         */
        readonly get: operations["Capacity"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/digest": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * What could be offered at best
         * @description Own addition, for aggregators that choose whom to ask: it may promise too much and never too little. It is some seconds old and has an ETag.
         */
        readonly get: operations["Digest"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/direct": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Ask and accept the first offer */
        readonly post: operations["DirectExecution"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/federation/jwks.json": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Public keys of an aggregator
         * @description Own addition: what members verify assertions with that an aggregator makes on behalf of requesters (header EB-On-Behalf-Of).
         */
        readonly get: operations["FederationKeys"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/healthz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The process is alive */
        readonly get: operations["Health"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/metrics": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Metrics for Prometheus */
        readonly get: operations["Metrics"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/offersets/{uuid}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Read an offer set */
        readonly get: operations["OfferSetSelect"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/offersets/{uuid}/explanation": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * How the answer to a request came about
         * @description Every rule, platform, pool and candidate that was looked at. For the owner and administrators; an addition to v1.0.
         */
        readonly get: operations["OfferSetExplanation"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/readyz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The node takes requests */
        readonly get: operations["Readiness"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/requests": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Ask for offers
         * @description Each call makes new offers and holds capacity for them until they expire. YES and NO are both normal answers.
         */
        readonly post: operations["ExecutionRequest"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/sessions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The caller's sessions
         * @description Own addition. Newest first; offers are not listed. Admins see all.
         */
        readonly get: operations["SessionList"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/sessions/{uuid}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Read a session or offer */
        readonly get: operations["SessionSelect"];
        readonly put?: never;
        /**
         * Accept, reject or cancel
         * @description `meta.options` of the session lists what may be asked for now. A refused update changes nothing and answers 409 with the session as it is.
         */
        readonly post: operations["SessionUpdate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/sessions/{uuid}/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Follow a session
         * @description Own addition: server-sent events. `id` is the number, `event` the kind, `data` a SessionEvent as JSON. Ends when the session is final.
         */
        readonly get: operations["SessionEvents"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/sessions/{uuid}/logs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Output of the payload
         * @description Own addition.
         */
        readonly get: operations["SessionLogs"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/storage": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** List one's own kept storage */
        readonly get: operations["KeptStorageList"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/storage/{name}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Remove kept storage of one's own
         * @description With all that is in it. Refused while a session or an open offer has it.
         */
        readonly delete: operations["KeptStorageRemove"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/tokens": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** List one's own personal access tokens */
        readonly get: operations["AccessTokenList"];
        readonly put?: never;
        /**
         * Make a personal access token
         * @description For who logs in with a password or at an issuer. A token has no more scopes and roles than its owner.
         */
        readonly post: operations["AccessTokenCreate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/tokens/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /** Revoke a personal access token */
        readonly delete: operations["AccessTokenRevoke"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/whoami": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Whom the broker takes the caller for */
        readonly get: operations["WhoAmI"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Anything with a kind and metadata. Quotes or bounds of cost and performance may be attached. */
        readonly AbstractComponent: {
            readonly costs?: components["schemas"]["AbstractCostItemList"];
            /** Format: uri */
            readonly kind?: string;
            readonly meta?: components["schemas"]["ComponentMetadata"];
            readonly metrics?: components["schemas"]["AbstractMetricItemList"];
        };
        /** @description What computes, with the volumes that are shown to the payload. */
        readonly AbstractComputeResource: WithRequired<components["schemas"]["AbstractComponent"], "kind"> & components["schemas"]["LifecycleComponent"] & {
            readonly volumes?: components["schemas"]["AbstractVolumeMountList"];
        };
        /** @description A cost; `type` is the URI of what is counted. */
        readonly AbstractCostItem: {
            readonly description?: string;
            /** Format: uri */
            readonly kind: string;
            /** Format: uri */
            readonly type?: string;
        };
        /** @description Costs; several bounds in a request must all hold. */
        readonly AbstractCostItemList: readonly components["schemas"]["AbstractCostItem"][];
        /** @description Input data; the broker brings it before the session starts. */
        readonly AbstractDataResource: WithRequired<components["schemas"]["AbstractComponent"], "kind"> & components["schemas"]["LifecycleComponent"] & {
            /** @description Name or UUID of the storage it is put in; one is made when left out. */
            readonly storage?: string;
        };
        /** @description Data resources of a request or session. */
        readonly AbstractDataResourceList: readonly components["schemas"]["AbstractDataResource"][];
        /** @description What is run; `kind` tells which other fields there are. */
        readonly AbstractExecutable: WithRequired<components["schemas"]["AbstractComponent"], "kind"> & components["schemas"]["LifecycleComponent"];
        /** @description One execution, from offered to finished. An offer is a session in phase OFFERED. */
        readonly AbstractExecutionSession: WithRequired<components["schemas"]["AbstractComponent"], "kind">;
        /** @description A measure of performance; `type` is the URI of what is measured. */
        readonly AbstractMetricItem: {
            readonly description?: string;
            /** Format: uri */
            readonly kind: string;
            /** Format: uri */
            readonly type?: string;
        };
        /** @description Metrics; several bounds in a request must all hold. */
        readonly AbstractMetricItemList: readonly components["schemas"]["AbstractMetricItem"][];
        /** @description A change that a client may ask for now. */
        readonly AbstractOption: {
            readonly kind: string;
            readonly path: string;
        };
        /** @description Space for data; `data` names what is put there. */
        readonly AbstractStorageResource: WithRequired<components["schemas"]["AbstractComponent"], "kind"> & components["schemas"]["LifecycleComponent"] & {
            readonly data?: readonly string[];
        };
        /** @description Storage resources of a request or session. */
        readonly AbstractStorageResourceList: readonly components["schemas"]["AbstractStorageResource"][];
        /** @description A change that a client asks for. */
        readonly AbstractUpdate: {
            readonly kind: string;
            readonly path: string;
        };
        /** @description Shows something to the payload at a path. */
        readonly AbstractVolumeMount: WithRequired<components["schemas"]["AbstractComponent"], "kind">;
        /** @description Volumes of a compute resource. */
        readonly AbstractVolumeMountList: readonly components["schemas"]["AbstractVolumeMount"][];
        /** @description Own kind: simple compute with accelerators, and over several nodes where that is wanted. All amounts are of the whole session, and are spread evenly over its nodes. */
        readonly AcceleratedComputeResource: components["schemas"]["SimpleComputeResource"] & {
            /** @description Each type once. An empty list asks for none. */
            readonly accelerators?: readonly components["schemas"]["Accelerator"][];
            /** @description Hosts that the session is spread over; as the node likes where it is left out. Offered: how many there are. */
            readonly nodes?: components["schemas"]["MinMaxLong"];
        };
        /** @description Accelerators of one type, GPUs for example. */
        readonly Accelerator: {
            /** @description Over the whole session; 1 where it is left out. Offered: what the session has. */
            readonly count?: components["schemas"]["MinMaxLong"];
            /** @description GiB of each; only the minimum counts. Offered: what each has, where the node knows. */
            readonly memory?: components["schemas"]["MinMaxLong"];
            /** @description In an offer, the node's own name of the type. */
            readonly model?: string;
            /** @description A word or URI of the node's capabilities. One that is not known there is answered NO. */
            readonly type?: string;
        };
        /** @description A type of accelerator that a node has. */
        readonly AcceleratorType: {
            /** @description Other words and URIs that mean it. */
            readonly aliases: readonly string[];
            /** @description GiB of each. */
            readonly memory?: number;
            /** @description Name of the resource in capacity, policies and prices. */
            readonly type: string;
        };
        /** @description A personal access token, without the token. */
        readonly AccessToken: {
            /** Format: date-time */
            readonly created: string;
            /** Format: date-time */
            readonly expires: string;
            /** Format: uuid */
            readonly id: string;
            /** Format: date-time */
            readonly lastUsed?: string;
            readonly name: string;
            readonly roles: readonly ("user" | "admin" | "operator" | "auditor")[];
            /** @description Left out, everything that the roles allow. */
            readonly scopes?: readonly ("compute.read" | "compute.create" | "compute.modify" | "compute.cancel")[];
        };
        /** @description One's own tokens. */
        readonly AccessTokenList: {
            readonly tokens: readonly components["schemas"]["AccessToken"][];
        };
        /** @description A local account, without its secret. */
        readonly Account: {
            /** Format: date-time */
            readonly created: string;
            readonly disabled: boolean;
            readonly groups: readonly string[];
            readonly name: string;
            readonly roles: readonly ("user" | "admin" | "operator" | "auditor")[];
        };
        /** @description Every local account. */
        readonly AccountList: {
            readonly accounts: readonly components["schemas"]["Account"][];
        };
        /** @description Who did what, when, from where, on which grounds, and what came of it. */
        readonly AuditEntry: {
            readonly action: string;
            /** Format: date-time */
            readonly at: string;
            readonly facts?: {
                readonly [key: string]: unknown;
            };
            readonly grounds?: {
                readonly groups?: readonly string[];
                readonly roles?: readonly string[];
                readonly scopes?: readonly string[];
            };
            /** @description Covers this entry and all before it. */
            readonly hash: string;
            readonly name?: string;
            readonly number: number;
            readonly origin: {
                readonly address: string;
                /** @enum {string} */
                readonly credential: "none" | "password" | "token" | "bearer" | "assertion";
                readonly credentialId?: string;
                /** @description The aggregator that spoke for them. */
                readonly through?: string;
            };
            /** @enum {string} */
            readonly outcome: "done" | "no" | "refused" | "failed";
            readonly realm?: string;
            readonly reasons?: readonly string[];
            readonly subject?: string;
            readonly who: string;
        };
        /** @description Entries of the audit record. */
        readonly AuditList: {
            readonly entries: readonly components["schemas"]["AuditEntry"][];
        };
        /** @description What a look at the whole chain found. */
        readonly AuditVerification: {
            /** @description Those that are there, without those that were pruned. */
            readonly entries: number;
            readonly fault?: {
                readonly number: number;
                readonly what: string;
            };
            /** @description The last entry; note it elsewhere to prove later that nothing was cut off. */
            readonly head: {
                readonly hash: string;
                readonly number: number;
            };
            /**
             * @description Of the entry that was given: whether it could be compared, or was pruned.
             * @enum {string}
             */
            readonly noted?: "found" | "pruned";
            /** @description The last entry that was removed because it was old, and when. An entry of action audit.prune says so, with NUMBER:HASH as its subject. */
            readonly pruned?: {
                /** Format: date-time */
                readonly at: string;
                readonly hash: string;
                readonly number: number;
            };
            readonly sound: boolean;
        };
        /** @description A change of capacity that the site entered. */
        readonly CalendarEntry: {
            readonly amounts?: components["schemas"]["ResourceAmounts"];
            /** @description Pool of a block, and what of it is free now or when it begins next. */
            readonly block?: {
                readonly free: components["schemas"]["ResourceAmounts"];
                readonly pool: string;
            };
            /** Format: date-time */
            readonly created: string;
            /**
             * Format: date-time
             * @description When a block was given up that is still in use.
             */
            readonly ended?: string;
            readonly forced: boolean;
            /** Format: duration */
            readonly grace?: string;
            readonly group?: string;
            /** Format: uuid */
            readonly id: string;
            /** @description False while something that a forced entry takes is still in use. */
            readonly isWhole: boolean;
            /** @enum {string} */
            readonly kind: "maintenance" | "growth" | "block";
            readonly name?: string;
            readonly note?: string;
            readonly pool: string;
            readonly times: readonly components["schemas"]["CalendarStretch"][];
            /** @enum {string} */
            readonly whenFull?: "general" | "refuse";
        };
        /** @description Every entry of the calendar. */
        readonly CalendarEntryList: {
            readonly entries: readonly components["schemas"]["CalendarEntry"][];
        };
        /** @description From start on; without an end for good. */
        readonly CalendarStretch: {
            /** Format: date-time */
            readonly end?: string;
            /** Format: date-time */
            readonly start: string;
        };
        /** @description What a client may ask of this node. */
        readonly Capabilities: {
            /** @description Types of accelerators that accelerated compute can ask for; left out where there are none. */
            readonly accelerators?: readonly components["schemas"]["AcceleratorType"][];
            readonly authentication: {
                /** @description Requests without credentials are answered. */
                readonly anonymous: boolean;
                readonly methods: components["schemas"]["TextList"];
                /** @description Whoever knows a UUID may read what it names. */
                readonly publicReads: boolean;
                readonly realm: string;
            };
            /** @description Names of additions to v1.0 that this node understands. */
            readonly extensions: readonly string[];
            readonly kinds: components["schemas"]["CapabilityKinds"];
            /** @description Durations are ISO 8601; sizes are in the unit of their name. */
            readonly limits: {
                readonly [key: string]: unknown;
            };
            readonly mediaTypes: {
                readonly read: components["schemas"]["TextList"];
                /** @description What is spoken where the client declares nothing. */
                readonly undeclared: string;
                readonly written: components["schemas"]["TextList"];
            };
            readonly name: string;
            /** @description Version of the ExecutionBroker interface. */
            readonly version: string;
        };
        /** @description Kind URIs that can be served now, by family. */
        readonly CapabilityKinds: {
            readonly compute: components["schemas"]["TextList"];
            readonly data: components["schemas"]["TextList"];
            readonly executable: components["schemas"]["TextList"];
            readonly storage: components["schemas"]["TextList"];
            readonly volume: components["schemas"]["TextList"];
        };
        /** @description The calendar of the node as steps of equal length. */
        readonly CapacityReport: {
            readonly pools: readonly components["schemas"]["PoolCapacity"][];
            readonly step: components["schemas"]["ISO8601Duration"];
            /** @description From start until end. */
            readonly window: {
                /** Format: date-time */
                readonly end: string;
                /** Format: date-time */
                readonly start: string;
            };
        };
        /** @description Name and description come from the client, the rest from the server. */
        readonly ComponentMetadata: {
            /** Format: date-time */
            readonly created?: string;
            readonly description?: string;
            readonly messages?: readonly components["schemas"]["MessageItem"][];
            /** Format: date-time */
            readonly modified?: string;
            readonly name?: string;
            readonly options?: readonly components["schemas"]["AbstractOption"][];
            /** Format: uri */
            readonly url?: string;
            /** Format: uuid */
            readonly uuid?: string;
        };
        /**
         * @description Decimal and binary units of bytes.
         * @enum {string}
         */
        readonly ComputeUnitsEnum: "kB" | "kiB" | "MB" | "MiB" | "GB" | "GiB" | "TB" | "TiB" | "PB" | "PiB" | "EB" | "EiB" | "ZB" | "ZiB" | "YB" | "YiB";
        /** @description What the content must hash to. */
        readonly DataChecksum: {
            /** @description Algorithm, for example sha256. */
            readonly type?: string;
            /** @description Hexadecimal digest. */
            readonly value?: string;
        };
        /** @description Kinds, longest run, and the most that may be free in each step of the days to come. */
        readonly Digest: {
            /** @description All types that there are; left out where that is not known. */
            readonly accelerators?: readonly components["schemas"]["AcceleratorType"][];
            /** @description Most of cores, memory and each type of accelerator that one session could have at some moment of each step. What is missing is not limited. */
            readonly free: {
                readonly [key: string]: readonly number[];
            };
            /** @description False where there may be more than this says. */
            readonly isComplete: boolean;
            readonly kinds: {
                readonly executable: readonly string[];
                readonly storage: readonly string[];
            };
            readonly longest?: components["schemas"]["ISO8601Duration"];
            readonly step: components["schemas"]["ISO8601Duration"];
            /** @description From start until end. */
            readonly window: {
                /** Format: date-time */
                readonly end: string;
                /** Format: date-time */
                readonly start: string;
            };
        };
        /** @description An OCI container run from an image. */
        readonly DockerContainer: components["schemas"]["AbstractExecutable"] & {
            /** @description Arguments for the entrypoint. */
            readonly command?: readonly string[];
            /** @description Replaces the entrypoint of the image. */
            readonly entrypoint?: string;
            readonly environment?: components["schemas"]["NameValueMap"];
            readonly image?: components["schemas"]["DockerImageSpec"];
            readonly network?: components["schemas"]["DockerNetworkSpec"];
            /**
             * @description True is refused unless the node allows it.
             * @default false
             */
            readonly privileged?: boolean;
        };
        /** @description Where a port can be reached from outside; filled in by the server. */
        readonly DockerExternalPort: {
            readonly addresses?: readonly string[];
            /** Format: int32 */
            readonly port?: number;
        };
        /** @description Where the image can be pulled from, and the digest that it must have. */
        readonly DockerImageSpec: {
            readonly digest?: string;
            readonly locations?: readonly string[];
            readonly platform?: components["schemas"]["DockerPlatformSpec"];
        };
        /** @description The port that the payload listens on. */
        readonly DockerInternalPort: {
            /** Format: int32 */
            readonly port?: number;
        };
        /** @description A port of the container. With `access` it is shown as a connector once it can be reached. */
        readonly DockerNetworkPort: {
            readonly access?: boolean;
            readonly external?: components["schemas"]["DockerExternalPort"];
            readonly internal?: components["schemas"]["DockerInternalPort"];
            readonly path?: string;
            readonly protocol?: string;
        };
        /** @description Ports of the container. */
        readonly DockerNetworkSpec: {
            readonly ports?: readonly components["schemas"]["DockerNetworkPort"][];
        };
        /** @description Processor architecture and operating system that the image needs. */
        readonly DockerPlatformSpec: {
            /** @default amd64 */
            readonly architecture?: string;
            /** @default linux */
            readonly os?: string;
        };
        /** @description Whether the node offers anything new. */
        readonly DrainState: {
            readonly by?: string;
            readonly drained: boolean;
            readonly note?: string;
            /** Format: date-time */
            readonly since?: string;
        };
        /** @description One of the listed words may be set. */
        readonly EnumValueOption: components["schemas"]["AbstractOption"] & {
            readonly values: readonly string[];
        };
        /** @description Sets a word. */
        readonly EnumValueUpdate: components["schemas"]["AbstractUpdate"] & {
            readonly value: string;
        };
        /** @description What to run, with which resources, when. Everything but the executable may be left out. */
        readonly ExecutionRequest: components["schemas"]["ExecutionRequestComponents"] & {
            readonly costs?: components["schemas"]["AbstractCostItemList"];
            /** @description Tolerated addition: `meta.name` is read like `name`. */
            readonly meta?: components["schemas"]["ComponentMetadata"];
            readonly metrics?: components["schemas"]["AbstractMetricItemList"];
            /** @description Tolerated addition: a name for the offer set and its sessions. */
            readonly name?: string;
            readonly schedule?: components["schemas"]["RequestedScheduleBlock"];
        };
        /** @description The parts that a session would be made of. */
        readonly ExecutionRequestComponents: {
            readonly compute?: components["schemas"]["AbstractComputeResource"];
            readonly data?: components["schemas"]["AbstractDataResourceList"];
            readonly executable?: components["schemas"]["AbstractExecutable"];
            readonly storage?: components["schemas"]["AbstractStorageResourceList"];
        };
        /** @description How the answer to a request came about. */
        readonly Explanation: {
            /** Format: date-time */
            readonly created: string;
            /** @description Steps that were left out to keep the document small. */
            readonly left: number;
            /** @description URL of the offer set. */
            readonly offerset: string;
            /** @enum {string} */
            readonly result: "YES" | "NO";
            readonly steps: readonly components["schemas"]["ExplanationStep"][];
        };
        /** @description A number or name behind a step. */
        readonly ExplanationFact: {
            readonly name: string;
            /** @description A text, or compact JSON. */
            readonly value: string;
        };
        /** @description One thing that was looked at. */
        readonly ExplanationStep: {
            /** @description Which one. */
            readonly about: string;
            readonly facts: readonly components["schemas"]["ExplanationFact"][];
            readonly messages: readonly components["schemas"]["MessageItem"][];
            /** @description request, data, policy, platform, pool, candidate, offer or hint. */
            readonly step: string;
            /** @enum {string} */
            readonly verdict: "yes" | "no" | "note";
        };
        /** @description One fault of the input: where, what, and how to mend it. */
        readonly Fault: {
            readonly fault: string;
            readonly fix: string;
            readonly path: string;
        };
        /** @description Own kind: a Helm chart that the node's configuration allows, in a namespace of the session's own. */
        readonly HelmChart: components["schemas"]["AbstractExecutable"] & {
            /** @description Its configured name. */
            readonly chart?: string;
            /** @description What the node's schema of this chart allows to be set. */
            readonly values?: {
                readonly [key: string]: unknown;
            };
            /** @description The configured one, when given. */
            readonly version?: string;
        };
        /** @description A requester as the broker sees them. */
        readonly Identity: {
            /** @enum {string} */
            readonly credential: "none" | "password" | "token" | "bearer" | "assertion";
            readonly groups: readonly string[];
            readonly id: string;
            readonly name: string;
            readonly realm: string;
            readonly roles: readonly ("user" | "admin" | "operator" | "auditor")[];
            /** @description Left out, everything that the roles allow. */
            readonly scopes?: readonly string[];
        };
        /** @description A number may be changed by an amount between min and max. */
        readonly IntegerDeltaOption: components["schemas"]["AbstractOption"] & {
            /** Format: int64 */
            readonly max?: number;
            /** Format: int64 */
            readonly min?: number;
            readonly units?: string;
        };
        /** @description Changes a number by an amount. */
        readonly IntegerDeltaUpdate: components["schemas"]["AbstractUpdate"] & {
            /** Format: int64 */
            readonly delta: number;
            readonly units?: string;
        };
        /** @description A number between min and max may be set. */
        readonly IntegerValueOption: components["schemas"]["AbstractOption"] & {
            /** Format: int64 */
            readonly max?: number;
            /** Format: int64 */
            readonly min?: number;
            readonly units?: string;
        };
        /** @description Sets a number. */
        readonly IntegerValueUpdate: components["schemas"]["AbstractUpdate"] & {
            readonly units?: string;
            /** Format: int64 */
            readonly value: number;
        };
        /** @description An ISO 8601 duration such as PT1H30M. */
        readonly ISO8601Duration: string;
        /** @description An ISO 8601 instant with seconds and zone, such as 2030-06-03T09:00:00Z. */
        readonly ISO8601Instant: string;
        /** @description An ISO 8601 interval, start/end or start/duration. Asked for, it is the window of starts, both ends included. */
        readonly ISO8601Interval: string;
        /** @description One row of an IVOA DataLink table. */
        readonly IvoaDataLinkItem: {
            readonly access_url?: string;
            /** Format: int32 */
            readonly content_length?: number;
            readonly content_qualifier?: string;
            readonly content_type?: string;
            readonly description?: string;
            readonly error_message?: string;
            readonly ID?: string;
            readonly link_auth?: string;
            readonly link_authorized?: string;
            readonly local_semantics?: string;
            readonly semantics?: string;
            readonly service_def?: string;
        };
        /** @description Data known by its IVOA identifier. */
        readonly IvoaDataResource: components["schemas"]["AbstractDataResource"] & {
            readonly ivoa?: components["schemas"]["IvoaDataResourceBlock"];
        };
        /** @description An IVOA identifier with what ObsCore and DataLink say about it. */
        readonly IvoaDataResourceBlock: {
            readonly datalink?: components["schemas"]["IvoaDataLinkItem"];
            /** Format: uri */
            readonly ivoid?: string;
            readonly obscore?: components["schemas"]["IvoaObsCoreItem"];
        };
        /** @description One row of an IVOA ObsCore table. */
        readonly IvoaObsCoreItem: {
            readonly access_format?: string;
            readonly access_url?: string;
            /**
             * Format: int32
             * @default 0
             */
            readonly calib_level?: number;
            readonly dataproduct_type?: string;
            readonly obs_collection?: string;
            readonly obs_creator_did?: string;
            readonly obs_id?: string;
            readonly obs_publisher_did?: string;
        };
        /** @description A Jupyter notebook at a URL. */
        readonly JupyterNotebook: components["schemas"]["AbstractExecutable"] & {
            readonly location?: string;
        };
        /** @description Storage that is kept after sessions. */
        readonly KeptStorage: {
            /** Format: date-time */
            readonly created: string;
            /** Format: uuid */
            readonly id: string;
            readonly name: string;
            readonly owner: string;
            readonly platform: string;
            /**
             * Format: uuid
             * @description The session that was booked with it last.
             */
            readonly session: string;
            /** @description GiB. */
            readonly size: number;
            /**
             * @description promised: a session that makes it is booked; kept: one has run with it; leaving: it is being removed.
             * @enum {string}
             */
            readonly state: "promised" | "kept" | "leaving";
            /**
             * Format: date-time
             * @description Removed then, unless a session has it.
             */
            readonly until: string;
        };
        /** @description Kept storage, by name. */
        readonly KeptStorageList: {
            readonly storage: readonly components["schemas"]["KeptStorage"][];
        };
        /** @description A component with a life of its own inside the session. */
        readonly LifecycleComponent: {
            readonly phase?: components["schemas"]["LifecyclePhase"];
            readonly schedule?: components["schemas"]["LifecycleSchedule"];
        };
        /** @description An interval of ends, and a duration. */
        readonly LifecycleDoneDurationInterval: {
            readonly done?: components["schemas"]["ISO8601Interval"];
            readonly duration?: components["schemas"]["ISO8601Duration"];
        };
        /** @description A duration alone. */
        readonly LifecycleDuration: {
            readonly duration?: components["schemas"]["ISO8601Duration"];
        };
        /**
         * @description Where a component is.
         * @enum {string}
         */
        readonly LifecyclePhase: "INITIALIZING" | "WAITING" | "PREPARING" | "AVAILABLE" | "RUNNING" | "RELEASING" | "COMPLETED" | "FAILED" | "CANCELLED";
        /** @description When a component prepares, is available and releases. */
        readonly LifecycleSchedule: {
            readonly available?: components["schemas"]["LifecycleStartDurationInterval"];
            readonly preparing?: components["schemas"]["LifecycleStartDurationInstant"];
            readonly releasing?: components["schemas"]["LifecycleStartDurationInstant"];
        };
        /** @description A start and a duration. */
        readonly LifecycleStartDurationInstant: {
            readonly duration?: components["schemas"]["ISO8601Duration"];
            readonly start?: components["schemas"]["ISO8601Instant"];
        };
        /** @description A window of starts and a duration. */
        readonly LifecycleStartDurationInterval: {
            readonly duration?: components["schemas"]["ISO8601Duration"];
            readonly start?: components["schemas"]["ISO8601Interval"];
        };
        /** @description The process answers. */
        readonly Liveness: {
            readonly alive: boolean;
        };
        /** @description Own kind: a command on the node's own machine that its configuration allows. */
        readonly LocalProcess: components["schemas"]["AbstractExecutable"] & {
            /** @description First word: the configured name of the command. The rest: its arguments; no shell reads them. */
            readonly command?: readonly string[];
            readonly environment?: components["schemas"]["NameValueMap"];
        };
        /** @description One broker under an aggregator, as administrators see it. */
        readonly Member: {
            /** @description Asked no more; its sessions go on. */
            readonly draining: boolean;
            /** @enum {string} */
            readonly exposure: "proxy" | "expose";
            /** @description How often in a row it failed. */
            readonly failures: number;
            /** @description Kinds of executables that it runs, where it says so. */
            readonly kinds?: readonly string[];
            readonly name: string;
            /** @description Sessions accepted there that have not ended. */
            readonly sessions: number;
            /**
             * Format: date-time
             * @description When it was called last.
             */
            readonly since?: string;
            /** @description configuration, administration, or the URL of a register. */
            readonly source: string;
            readonly up: boolean;
            /** Format: uri */
            readonly url: string;
        };
        /** @description Members of an aggregator. */
        readonly MemberList: {
            readonly members: readonly components["schemas"]["Member"][];
        };
        /** @description What a call to a member came to. */
        readonly MemberTest: {
            readonly kinds: readonly string[];
            readonly name: string;
            readonly reachable: boolean;
            /** @description What went wrong. */
            readonly reasons: readonly string[];
            /** @description Whether it takes us for somebody it knows. */
            readonly recognised: boolean;
            /** @enum {string} */
            readonly speaks?: "additions" | "v1.0";
        };
        /** @description A note for programs (kind, values) and for people (template, message). `values.path` names the part of the request it is about. */
        readonly MessageItem: {
            readonly kind?: string;
            /** @enum {string} */
            readonly level?: "DEBUG" | "WARN" | "ERROR" | "INFO" | "OTHER";
            readonly message?: string;
            readonly template?: string;
            /** Format: date-time */
            readonly time?: string;
            readonly values?: components["schemas"]["NameValueMap"];
        };
        /** @description Messages, oldest first. */
        readonly MessageList: readonly components["schemas"]["MessageItem"][];
        /** @description Bounds with a unit of bytes. */
        readonly MinMaxComputeInteger: components["schemas"]["MinMaxInteger"] & {
            readonly units?: components["schemas"]["ComputeUnitsEnum"];
        };
        /** @description Bounds with a unit of bytes. */
        readonly MinMaxComputeLong: components["schemas"]["MinMaxLong"] & {
            readonly units?: components["schemas"]["ComputeUnitsEnum"];
        };
        /** @description A shortest and a longest ISO 8601 duration. */
        readonly MinMaxDuration: {
            readonly max?: string;
            readonly min?: string;
        };
        /** @description Bounds. */
        readonly MinMaxFloat: {
            /** Format: float */
            readonly max?: number;
            /** Format: float */
            readonly min?: number;
        };
        /** @description Bounds with a unit. */
        readonly MinMaxFloatUnits: components["schemas"]["MinMaxFloat"] & {
            readonly units?: string;
        };
        /** @description Bounds. */
        readonly MinMaxInteger: {
            /** Format: int32 */
            readonly max?: number;
            /** Format: int32 */
            readonly min?: number;
        };
        /** @description Bounds with a unit. */
        readonly MinMaxIntegerUnits: components["schemas"]["MinMaxInteger"] & {
            readonly units?: string;
        };
        /** @description Bounds. */
        readonly MinMaxLong: {
            /** Format: int64 */
            readonly max?: number;
            /** Format: int64 */
            readonly min?: number;
        };
        /** @description Bounds with a unit. */
        readonly MinMaxLongUnits: components["schemas"]["MinMaxLong"] & {
            readonly units?: string;
        };
        /** @description Bounds as text. */
        readonly MinMaxString: {
            readonly max?: string;
            readonly min?: string;
        };
        /** @description Bounds with a unit; numbers, as the published schema has it. */
        readonly MinMaxStringUnits: components["schemas"]["MinMaxFloat"] & {
            readonly units?: string;
        };
        /** @description Names and texts. */
        readonly NameValueMap: {
            readonly [key: string]: string;
        };
        /** @description A token to be made. */
        readonly NewAccessToken: {
            /** @description ISO 8601; 30 days where it is left out. */
            readonly lifetime?: string;
            /** @description What it is for. */
            readonly name: string;
            /** @description Only user where it is left out. */
            readonly roles?: readonly ("user" | "admin" | "operator" | "auditor")[];
            readonly scopes?: readonly ("compute.read" | "compute.create" | "compute.modify" | "compute.cancel")[];
        };
        /** @description A token that was just made. */
        readonly NewAccessTokenAnswer: {
            /** Format: date-time */
            readonly created: string;
            /** Format: date-time */
            readonly expires: string;
            /** Format: uuid */
            readonly id: string;
            /** Format: date-time */
            readonly lastUsed?: string;
            readonly name: string;
            readonly roles: readonly ("user" | "admin" | "operator" | "auditor")[];
            /** @description Left out, everything that the roles allow. */
            readonly scopes?: readonly ("compute.read" | "compute.create" | "compute.modify" | "compute.cancel")[];
            /** @description Shown once. Send it as `Authorization, Bearer`. */
            readonly token: string;
        };
        /** @description A local account to be made. */
        readonly NewAccount: {
            readonly groups?: readonly string[];
            /** @description Letters, digits, dot, dash, underscore; at most 64. */
            readonly name: string;
            /** Format: password */
            readonly password: string;
            readonly roles?: readonly ("user" | "admin" | "operator" | "auditor")[];
        };
        /** @description An entry to be made. */
        readonly NewCalendarEntry: {
            /** @description Whole amounts by name; for maintenance, all of the pool if left out. */
            readonly amounts?: {
                readonly [key: string]: number;
            };
            /** @description Maintenance only: take what is free, and the rest when it becomes free. */
            readonly force?: boolean;
            /**
             * Format: duration
             * @description After so long the unused part of a block goes back to everybody. Never, if left out.
             */
            readonly grace?: string;
            /** @description Group that a block is for. */
            readonly group?: string;
            /** @enum {string} */
            readonly kind: "maintenance" | "growth" | "block";
            /** @description Unique; the pool of a block is called after it. */
            readonly name?: string;
            readonly note?: string;
            /** @description platform/pool */
            readonly pool: string;
            /** @description How often the times come again, by the clock of a zone. */
            readonly repeat?: {
                readonly count: number;
                /** Format: duration */
                readonly every: string;
                readonly zone?: string;
            };
            /** @description start/end or start/duration, one or several; a bare start, for good (not for blocks). */
            readonly when: string | readonly string[];
            /**
             * @description What the group gets when its block is full.
             * @enum {string}
             */
            readonly whenFull?: "general" | "refuse";
        };
        /** @description Why. */
        readonly NewDrain: {
            readonly note?: string;
        };
        /** @description A member as it is added. */
        readonly NewMember: {
            /** @description Name of credentials of the aggregator's configuration. */
            readonly credentials?: string;
            /**
             * @default proxy
             * @enum {string}
             */
            readonly exposure?: "proxy" | "expose";
            /** Format: uri */
            readonly gateway?: string;
            readonly hiddenHosts?: readonly string[];
            /** @description Shown in messages and kept with sessions. */
            readonly name: string;
            /** Format: uri */
            readonly url: string;
        };
        /** @description A password to be set. */
        readonly NewPassword: {
            /** Format: password */
            readonly password: string;
        };
        /** @description Who would ask, and what. */
        readonly NewPolicyTrial: {
            /** @description The name of an account of the node, or a description of somebody: id, realm, groups, scopes, roles. */
            readonly as: unknown;
            /** @description The request, as they would send it. */
            readonly request: Record<string, never>;
        };
        /** @description The answer to one request. NO is a normal answer and says why in its messages. */
        readonly OfferSetResponse: components["schemas"]["AbstractComponent"] & {
            readonly description?: string;
            readonly offers?: readonly components["schemas"]["AbstractExecutionSession"][];
            /** @enum {string} */
            readonly result?: "YES" | "NO";
        };
        /** @description Own kind: space that its owner finds again by name after the session that made it. */
        readonly PersistentStorageResource: components["schemas"]["SimpleStorageResource"] & {
            /** @description ISO 8601; kept so long after its last session, within what the node allows. */
            readonly lifetime?: string;
            /**
             * @description READONLY shares it with other readers, where the platform can. READWRITE when left out.
             * @enum {string}
             */
            readonly mode?: "READONLY" | "READWRITE";
            /** @description What its owner calls it in every session. It is made where there is none and a size is given. */
            readonly name?: string;
        };
        /** @description What the policies say of a request. */
        readonly PolicyTrial: {
            readonly pools: readonly {
                readonly pool: string;
                readonly verdict: components["schemas"]["PolicyVerdictWord"];
            }[];
            readonly reasons: readonly string[];
            readonly result: components["schemas"]["PolicyVerdictWord"];
            readonly verdicts: readonly {
                readonly facts: readonly {
                    readonly name: string;
                    readonly value: string;
                }[];
                readonly policy: string;
                readonly pool?: string;
                readonly reasons: readonly string[];
                readonly verdict: components["schemas"]["PolicyVerdictWord"];
            }[];
            /** @description Hash of the policies that were asked. */
            readonly version: string;
        };
        /** @enum {string} */
        readonly PolicyVerdictWord: "allow" | "warn" | "limit" | "deny";
        /** @description A pool: its total, and what is free in each step of the window. */
        readonly PoolCapacity: {
            readonly free: readonly components["schemas"]["ResourceAmounts"][];
            readonly pool: string;
            readonly total: components["schemas"]["ResourceAmounts"];
        };
        /** @description RFC 9457 problem document. */
        readonly Problem: {
            readonly detail?: string;
            readonly faults?: readonly components["schemas"]["Fault"][];
            readonly instance?: string;
            /** @description Where an offer was lost to others before it was accepted: what the same request gets now. */
            readonly offers?: components["schemas"]["OfferSetResponse"];
            readonly reasons?: components["schemas"]["MessageList"];
            /** @description Where an update is refused: the session as it is now. */
            readonly session?: components["schemas"]["AbstractExecutionSession"];
            /** Format: int32 */
            readonly status: number;
            readonly title: string;
            /**
             * Format: uri
             * @description urn:execution-broker:problem:<word>
             */
            readonly type: string;
        };
        /** @description Metadata of RFC 9728, with the public clients that `eb login` uses. */
        readonly ProtectedResource: {
            readonly authorization_servers: readonly string[];
            readonly bearer_methods_supported: readonly string[];
            readonly login_clients?: readonly {
                readonly audience?: string;
                readonly client_id: string;
                readonly exchange_for?: string;
                readonly issuer: string;
                readonly resource?: string;
                readonly scope: string;
            }[];
            readonly resource: string;
            readonly resource_name?: string;
            readonly scopes_supported: readonly string[];
        };
        /** @description Whether the node takes requests, and what was looked at. */
        readonly Readiness: {
            readonly checks: {
                readonly [key: string]: unknown;
            };
            readonly ready: boolean;
        };
        /** @description Wishes about time. */
        readonly RequestedScheduleBlock: {
            readonly requested?: components["schemas"]["RequestedScheduleItem"];
        };
        /** @description When it should start, and for how long it runs at least. */
        readonly RequestedScheduleItem: {
            /** @description v1.0: one duration, the shortest that is useful. Tolerated addition: an object with min and max. */
            readonly duration?: components["schemas"]["ISO8601Duration"] | components["schemas"]["MinMaxDuration"];
            /** @description v1.0: one window of starts. Tolerated addition: a list of windows, any one of which suffices; or a bare instant. */
            readonly start?: components["schemas"]["ISO8601Interval"] | readonly components["schemas"]["ISO8601Interval"][] | components["schemas"]["ISO8601Instant"];
        };
        /** @description Amounts by name: cores, memory and storage in GiB, and whatever else a pool declares. */
        readonly ResourceAmounts: {
            readonly [key: string]: number;
        };
        /** @description Data known to a Rucio service. */
        readonly RucioDataResource: components["schemas"]["AbstractDataResource"] & {
            readonly rucio?: components["schemas"]["RucioDataResourceBlock"];
        };
        /** @description A data identifier of a Rucio service. */
        readonly RucioDataResourceBlock: {
            readonly endpoint?: string;
            readonly object?: string;
            readonly scope?: string;
            /** @enum {string} */
            readonly type?: "FILE" | "CONTAINER" | "DATASET";
        };
        /** @description An object, or with `object` left out the whole bucket, of an S3 service. */
        readonly S3DataResource: components["schemas"]["AbstractDataResource"] & {
            readonly bucket?: string;
            readonly endpoint?: string;
            readonly object?: string;
            readonly template?: string;
        };
        /** @description When the session prepares, is available to the payload and releases. */
        readonly ScheduledExecutionSchedule: {
            readonly available?: components["schemas"]["ScheduleStartDurationInterval"];
            readonly preparing?: components["schemas"]["ScheduleStartDurationInstant"];
            readonly releasing?: components["schemas"]["ScheduleStartDurationInstant"];
        };
        /** @description A session with its times; this node always answers with this kind. */
        readonly ScheduledExecutionSession: components["schemas"]["SimpleExecutionSession"] & {
            readonly schedule?: components["schemas"]["ScheduledExecutionSchedule"];
        };
        /** @description An interval of ends, and a duration. */
        readonly ScheduleDoneDurationInterval: {
            readonly done?: components["schemas"]["ISO8601Interval"];
            readonly duration?: components["schemas"]["ISO8601Duration"];
        };
        /** @description A duration alone. */
        readonly ScheduleDuration: {
            readonly duration?: components["schemas"]["ISO8601Duration"];
        };
        /** @description A start and a duration. */
        readonly ScheduleStartDurationInstant: {
            readonly duration?: components["schemas"]["ISO8601Duration"];
            readonly start?: components["schemas"]["ISO8601Instant"];
        };
        /** @description A window of starts and a duration. */
        readonly ScheduleStartDurationInterval: {
            readonly duration?: components["schemas"]["ISO8601Duration"];
            readonly start?: components["schemas"]["ISO8601Interval"];
        };
        /** @description Own kind: a pretended execution whose behaviour is written in the request. */
        readonly Scripted: components["schemas"]["AbstractExecutable"] & {
            /** @description See the documentation of the scripted platform. */
            readonly script?: {
                readonly [key: string]: unknown;
            };
        };
        /** @description Something that happened to a session; numbers start at 1 and have no gaps. */
        readonly SessionEvent: {
            /** Format: date-time */
            readonly at: string;
            readonly connectors?: components["schemas"]["SimpleSessionConnectorList"];
            /** @enum {string} */
            readonly kind: "phase" | "progress" | "message" | "connectors" | "schedule";
            readonly message?: components["schemas"]["MessageItem"];
            /** Format: int64 */
            readonly number: number;
            readonly phase: components["schemas"]["SimpleExecutionSessionPhase"];
            readonly progress?: components["schemas"]["SessionProgress"];
            /** Format: uuid */
            readonly session: string;
        };
        /** @description The caller's sessions, newest first. */
        readonly SessionList: {
            readonly sessions: readonly components["schemas"]["AbstractExecutionSession"][];
        };
        /** @description How far the current phase is. */
        readonly SessionProgress: {
            readonly done: number;
            readonly total?: number;
            /** @enum {string} */
            readonly unit: "bytes" | "percent" | "steps";
            readonly what: string;
        };
        /** @description Whole cores. Offered: what the session starts with, and what it may grow to. */
        readonly SimpleComputeCores: {
            /** Format: int64 */
            readonly max?: number;
            /** Format: int64 */
            readonly min?: number;
        };
        /** @description Memory in GiB. */
        readonly SimpleComputeMemory: {
            /** Format: int64 */
            readonly max?: number;
            /** Format: int64 */
            readonly min?: number;
        };
        /** @description Cores and memory. */
        readonly SimpleComputeResource: components["schemas"]["AbstractComputeResource"] & {
            readonly cores?: components["schemas"]["SimpleComputeCores"];
            readonly memory?: components["schemas"]["SimpleComputeMemory"];
        };
        /** @description Data behind a URL. */
        readonly SimpleDataResource: components["schemas"]["AbstractDataResource"] & {
            /** @description Tolerated addition: verified after the transfer. */
            readonly checksum?: components["schemas"]["DataChecksum"];
            /** @description URL to read the data from. */
            readonly location?: string;
        };
        /** @description The parts that a session is made of. */
        readonly SimpleExecutionComponents: {
            readonly compute?: components["schemas"]["AbstractComputeResource"];
            readonly data?: components["schemas"]["AbstractDataResourceList"];
            readonly executable?: components["schemas"]["AbstractExecutable"];
            readonly storage?: components["schemas"]["AbstractStorageResourceList"];
        };
        /** @description A session without times. */
        readonly SimpleExecutionSession: components["schemas"]["AbstractExecutionSession"] & {
            /**
             * Format: date-time
             * @description Until when an offer holds.
             */
            readonly expires?: string;
            readonly phase?: components["schemas"]["SimpleExecutionSessionPhase"];
        } & components["schemas"]["SimpleExecutionComponents"] & {
            readonly connectors?: components["schemas"]["SimpleSessionConnectorList"];
        };
        /**
         * @description Where a session is.
         * @enum {string}
         */
        readonly SimpleExecutionSessionPhase: "INITIAL" | "OFFERED" | "ACCEPTED" | "REJECTED" | "EXPIRED" | "WAITING" | "PREPARING" | "AVAILABLE" | "RUNNING" | "RELEASING" | "COMPLETED" | "FAILED" | "CANCELLED";
        /** @description A bound on a cost, or a quote. */
        readonly SimpleMinMaxFloatCost: components["schemas"]["AbstractCostItem"] & {
            /** Format: float */
            readonly max?: number;
            /** Format: float */
            readonly min?: number;
        };
        /** @description A bound on a metric, or a quote. */
        readonly SimpleMinMaxFloatMetric: components["schemas"]["AbstractMetricItem"] & {
            /** Format: float */
            readonly max?: number;
            /** Format: float */
            readonly min?: number;
        };
        /** @description A way in to a running session. */
        readonly SimpleSessionConnector: {
            readonly kind?: string;
            readonly location?: string;
            readonly protocol?: string;
            /** @enum {string} */
            readonly status?: "PREPARING" | "AVAILABLE" | "FINISHED";
        };
        /** @description Ways in to a running session. */
        readonly SimpleSessionConnectorList: readonly components["schemas"]["SimpleSessionConnector"][];
        /** @description Space of a size. */
        readonly SimpleStorageResource: components["schemas"]["AbstractStorageResource"] & {
            readonly size?: components["schemas"]["SimpleStorageSize"];
        };
        /** @description Size in GiB. */
        readonly SimpleStorageSize: {
            /** Format: int64 */
            readonly max?: number;
            /** Format: int64 */
            readonly min?: number;
        };
        /** @description Shows a data or storage resource (by name or UUID) at a path. */
        readonly SimpleVolumeMount: components["schemas"]["AbstractVolumeMount"] & {
            /** @enum {string} */
            readonly mode?: "READONLY" | "READWRITE";
            /** @description Absolute path inside the payload; a default is chosen when left out. */
            readonly path?: string;
            /** @description Name or UUID of a data or storage resource of the same request. */
            readonly resource?: string;
        };
        /** @description A Singularity or Apptainer image at a URL. */
        readonly SingularityContainer: components["schemas"]["AbstractExecutable"] & {
            readonly location?: string;
        };
        /** @description A checksum and its algorithm. */
        readonly SkaoChecksumItem: {
            readonly type?: string;
            readonly value?: string;
        };
        /** @description Data of the SKA data lake. */
        readonly SkaoDataResource: components["schemas"]["AbstractDataResource"] & {
            readonly ivoa?: components["schemas"]["IvoaDataResourceBlock"];
            readonly skao?: components["schemas"]["SkaoDataResourceBlock"];
        };
        /** @description An object of the SKA data lake and its replicas. */
        readonly SkaoDataResourceBlock: {
            readonly checksum?: components["schemas"]["SkaoChecksumItem"];
            /** Format: int64 */
            readonly datasize?: number;
            readonly namespace?: string;
            readonly objectname?: string;
            /** @enum {string} */
            readonly objecttype?: "FILE" | "CONTAINER" | "DATASET";
            readonly replicas?: readonly components["schemas"]["SkaoReplicaItem"][];
        };
        /** @description Where one replica lies. */
        readonly SkaoReplicaItem: {
            readonly dataurl?: string;
            readonly rsename?: string;
        };
        /** @description A text may be set, limited by a pattern. */
        readonly StringValueOption: components["schemas"]["AbstractOption"] & {
            readonly pattern?: string;
        };
        /** @description Sets a text. */
        readonly StringValueUpdate: components["schemas"]["AbstractUpdate"] & {
            readonly value: string;
        };
        /** @description Texts. */
        readonly TextList: readonly string[];
    };
    responses: {
        /** @description More is asked of the node than it can answer in time, or it cannot reach its database now. */
        readonly Busy: {
            headers: {
                /** @description Seconds after which it is worth trying again. */
                readonly "Retry-After"?: number;
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
                readonly "application/problem+xml": components["schemas"]["Problem"];
                readonly "application/problem+yaml": components["schemas"]["Problem"];
            };
        };
        /** @description Not possible as things are now. */
        readonly Conflict: {
            headers: {
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
                readonly "application/problem+xml": components["schemas"]["Problem"];
                readonly "application/problem+yaml": components["schemas"]["Problem"];
            };
        };
        /** @description Not for this caller. */
        readonly Forbidden: {
            headers: {
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
                readonly "application/problem+xml": components["schemas"]["Problem"];
                readonly "application/problem+yaml": components["schemas"]["Problem"];
            };
        };
        /** @description The input cannot be read or has wrong JSON types; every fault is listed with its path and fix. */
        readonly Malformed: {
            headers: {
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
                readonly "application/problem+xml": components["schemas"]["Problem"];
                readonly "application/problem+yaml": components["schemas"]["Problem"];
            };
        };
        /** @description None of the accepted media types can be written. */
        readonly NotAcceptable: {
            headers: {
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
                readonly "application/problem+xml": components["schemas"]["Problem"];
                readonly "application/problem+yaml": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such thing. */
        readonly NotFound: {
            headers: {
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
                readonly "application/problem+xml": components["schemas"]["Problem"];
                readonly "application/problem+yaml": components["schemas"]["Problem"];
            };
        };
        /** @description The body is larger than the node accepts. */
        readonly TooLarge: {
            headers: {
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
                readonly "application/problem+xml": components["schemas"]["Problem"];
                readonly "application/problem+yaml": components["schemas"]["Problem"];
            };
        };
        /** @description This requester asks or reads more often than the node allows. */
        readonly TooMany: {
            headers: {
                /** @description Seconds after which it is worth trying again. */
                readonly "Retry-After"?: number;
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
                readonly "application/problem+xml": components["schemas"]["Problem"];
                readonly "application/problem+yaml": components["schemas"]["Problem"];
            };
        };
        /** @description Nobody knows who asks. */
        readonly Unauthenticated: {
            headers: {
                readonly "WWW-Authenticate"?: string;
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
                readonly "application/problem+xml": components["schemas"]["Problem"];
                readonly "application/problem+yaml": components["schemas"]["Problem"];
            };
        };
        /** @description The media type of the body cannot be read. */
        readonly UnsupportedMediaType: {
            headers: {
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
                readonly "application/problem+xml": components["schemas"]["Problem"];
                readonly "application/problem+yaml": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        readonly account: string;
        /** @description Nothing is changed; the answer is the same. */
        readonly dry: boolean;
        readonly uuid: string;
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly ProtectedResource: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Issuers whose tokens are accepted. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ProtectedResource"];
                };
            };
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly AccountList: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Every account. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AccountList"];
                    readonly "application/xml": components["schemas"]["AccountList"];
                    readonly "application/yaml": components["schemas"]["AccountList"];
                };
            };
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly AccountCreate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["NewAccount"];
                readonly "application/xml": components["schemas"]["NewAccount"];
                readonly "application/yaml": components["schemas"]["NewAccount"];
            };
        };
        readonly responses: {
            /** @description Made. */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Account"];
                    readonly "application/xml": components["schemas"]["Account"];
                    readonly "application/yaml": components["schemas"]["Account"];
                };
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 409: components["responses"]["Conflict"];
            readonly 413: components["responses"]["TooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly AccountRemove: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly name: components["parameters"]["account"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Removed. */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 409: components["responses"]["Conflict"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly AccountPassword: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly name: components["parameters"]["account"];
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["NewPassword"];
                readonly "application/xml": components["schemas"]["NewPassword"];
                readonly "application/yaml": components["schemas"]["NewPassword"];
            };
        };
        readonly responses: {
            /** @description Set. */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 413: components["responses"]["TooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly AuditList: {
        readonly parameters: {
            readonly query?: {
                /** @description For example `ask`, `accept`, `admin.drain`. */
                readonly action?: string;
                /** @description Entries after this number, oldest first. */
                readonly after?: number;
                /** @description Entries before this number. */
                readonly before?: number;
                /** @description Not before. */
                readonly from?: string;
                /** @description Most entries of one answer. */
                readonly limit?: number;
                /** @description `done`, `no`, `refused` or `failed`. */
                readonly outcome?: string;
                /** @description UUID of an offer set or session, or a name. */
                readonly subject?: string;
                /** @description Before. */
                readonly to?: string;
                /** @description Identifier of a requester, for example `local:alice`. */
                readonly who?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Newest first, or with `after` oldest first; as lines, all of it. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AuditList"];
                    readonly "application/x-ndjson": components["schemas"]["AuditEntry"];
                    readonly "application/xml": components["schemas"]["AuditList"];
                    readonly "application/yaml": components["schemas"]["AuditList"];
                };
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly AuditVerify: {
        readonly parameters: {
            readonly query?: {
                /** @description Its hash. */
                readonly hash?: string;
                /** @description Number of an entry that was noted elsewhere. */
                readonly number?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Whether it is as it was written, and the first entry that is not. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AuditVerification"];
                    readonly "application/xml": components["schemas"]["AuditVerification"];
                    readonly "application/yaml": components["schemas"]["AuditVerification"];
                };
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly CalendarEntryList: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Every entry, oldest first. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["CalendarEntryList"];
                    readonly "application/xml": components["schemas"]["CalendarEntryList"];
                    readonly "application/yaml": components["schemas"]["CalendarEntryList"];
                };
            };
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly CalendarEntryCreate: {
        readonly parameters: {
            readonly query?: {
                /** @description Nothing is changed; the answer is the same. */
                readonly dry?: components["parameters"]["dry"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["NewCalendarEntry"];
                readonly "application/xml": components["schemas"]["NewCalendarEntry"];
                readonly "application/yaml": components["schemas"]["NewCalendarEntry"];
            };
        };
        readonly responses: {
            /** @description Made; or, with `dry`, what would be made. */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["CalendarEntry"];
                    readonly "application/xml": components["schemas"]["CalendarEntry"];
                    readonly "application/yaml": components["schemas"]["CalendarEntry"];
                };
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 409: components["responses"]["Conflict"];
            readonly 413: components["responses"]["TooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly CalendarEntryRemove: {
        readonly parameters: {
            readonly query?: {
                /** @description Nothing is changed; the answer is the same. */
                readonly dry?: components["parameters"]["dry"];
                /** @description A block in use gives back what is unused, and ends when its last session does. */
                readonly force?: boolean;
            };
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Removed; or, with `dry`, it could be. */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 409: components["responses"]["Conflict"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly DrainState: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description As it is now. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DrainState"];
                    readonly "application/xml": components["schemas"]["DrainState"];
                    readonly "application/yaml": components["schemas"]["DrainState"];
                };
            };
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly DrainStart: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": components["schemas"]["NewDrain"];
                readonly "application/xml": components["schemas"]["NewDrain"];
                readonly "application/yaml": components["schemas"]["NewDrain"];
            };
        };
        readonly responses: {
            /** @description Drained; it offers nothing new, and keeps what it has promised. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DrainState"];
                    readonly "application/xml": components["schemas"]["DrainState"];
                    readonly "application/yaml": components["schemas"]["DrainState"];
                };
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 413: components["responses"]["TooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly DrainEnd: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description It offers again. */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly MemberList: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Every member, with its health and what it can do. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["MemberList"];
                    readonly "application/xml": components["schemas"]["MemberList"];
                    readonly "application/yaml": components["schemas"]["MemberList"];
                };
            };
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly MemberAdd: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["NewMember"];
                readonly "application/xml": components["schemas"]["NewMember"];
                readonly "application/yaml": components["schemas"]["NewMember"];
            };
        };
        readonly responses: {
            /** @description Added. */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Member"];
                    readonly "application/xml": components["schemas"]["Member"];
                    readonly "application/yaml": components["schemas"]["Member"];
                };
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 409: components["responses"]["Conflict"];
            readonly 413: components["responses"]["TooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly MemberRemove: {
        readonly parameters: {
            readonly query?: {
                /** @description Although sessions run there; nobody reaches them from here then. */
                readonly force?: boolean;
            };
            readonly header?: never;
            readonly path: {
                readonly name: components["parameters"]["account"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Removed. */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 409: components["responses"]["Conflict"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly MemberDrain: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly name: components["parameters"]["account"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The member as it is now. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Member"];
                    readonly "application/xml": components["schemas"]["Member"];
                    readonly "application/yaml": components["schemas"]["Member"];
                };
            };
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly MemberUndrain: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly name: components["parameters"]["account"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The member as it is now. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Member"];
                    readonly "application/xml": components["schemas"]["Member"];
                    readonly "application/yaml": components["schemas"]["Member"];
                };
            };
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly MemberTest: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly name: components["parameters"]["account"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description What came of it; a member that is away is an answer, too. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["MemberTest"];
                    readonly "application/xml": components["schemas"]["MemberTest"];
                    readonly "application/yaml": components["schemas"]["MemberTest"];
                };
            };
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly PolicyTry: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["NewPolicyTrial"];
                readonly "application/xml": components["schemas"]["NewPolicyTrial"];
                readonly "application/yaml": components["schemas"]["NewPolicyTrial"];
            };
        };
        readonly responses: {
            /** @description Every verdict, and what comes of them together. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PolicyTrial"];
                    readonly "application/xml": components["schemas"]["PolicyTrial"];
                    readonly "application/yaml": components["schemas"]["PolicyTrial"];
                };
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 413: components["responses"]["TooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly SiteStorageList: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description By name. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["KeptStorageList"];
                    readonly "application/xml": components["schemas"]["KeptStorageList"];
                    readonly "application/yaml": components["schemas"]["KeptStorageList"];
                };
            };
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly SiteStorageRemove: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description It is being removed; nobody gets it any more. */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 409: components["responses"]["Conflict"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly VosiCapabilities: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The VOSI capabilities document. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/xml": string;
                };
            };
        };
    };
    readonly Capabilities: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The capabilities. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Capabilities"];
                };
            };
        };
    };
    readonly Capacity: {
        readonly parameters: {
            readonly query?: {
                /** @description Default: now. */
                readonly from?: string;
                /** @description Default: a day after `from`. */
                readonly to?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The calendar. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["CapacityReport"];
                    readonly "application/xml": components["schemas"]["CapacityReport"];
                    readonly "application/yaml": components["schemas"]["CapacityReport"];
                };
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 429: components["responses"]["TooMany"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly Digest: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The digest. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Digest"];
                    readonly "application/xml": components["schemas"]["Digest"];
                    readonly "application/yaml": components["schemas"]["Digest"];
                };
            };
            /** @description As it was. */
            readonly 304: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 406: components["responses"]["NotAcceptable"];
        };
    };
    readonly DirectExecution: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ExecutionRequest"];
                readonly "application/xml": components["schemas"]["ExecutionRequest"];
                readonly "application/yaml": components["schemas"]["ExecutionRequest"];
            };
        };
        readonly responses: {
            /** @description The session, where `Prefer: return=representation` asks for it. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AbstractExecutionSession"];
                    readonly "application/xml": components["schemas"]["AbstractExecutionSession"];
                    readonly "application/yaml": components["schemas"]["AbstractExecutionSession"];
                };
            };
            /** @description The session, at `Location` and in the body. */
            readonly 303: {
                headers: {
                    /** @description URL of what was made; its last segment is the UUID. */
                    readonly Location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AbstractExecutionSession"];
                    readonly "application/xml": components["schemas"]["AbstractExecutionSession"];
                    readonly "application/yaml": components["schemas"]["AbstractExecutionSession"];
                };
            };
            /** @description Refused: a session in phase FAILED whose messages say why; or a problem document for a body that cannot be read. */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AbstractExecutionSession"];
                    readonly "application/problem+json": components["schemas"]["Problem"];
                    readonly "application/problem+xml": components["schemas"]["Problem"];
                    readonly "application/problem+yaml": components["schemas"]["Problem"];
                    readonly "application/xml": components["schemas"]["AbstractExecutionSession"];
                    readonly "application/yaml": components["schemas"]["AbstractExecutionSession"];
                };
            };
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 413: components["responses"]["TooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 429: components["responses"]["TooMany"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly FederationKeys: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A JWK set (RFC 7517). */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly keys: readonly Record<string, never>[];
                    };
                };
            };
            readonly 404: components["responses"]["NotFound"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly Health: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Alive. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Liveness"];
                };
            };
        };
    };
    readonly Metrics: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Metrics in the Prometheus text format. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": string;
                };
            };
        };
    };
    readonly OfferSetSelect: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly uuid: components["parameters"]["uuid"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The offer set as it is now. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["OfferSetResponse"];
                    readonly "application/xml": components["schemas"]["OfferSetResponse"];
                    readonly "application/yaml": components["schemas"]["OfferSetResponse"];
                };
            };
            /** @description Not changed since the ETag in If-None-Match. */
            readonly 304: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 429: components["responses"]["TooMany"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly OfferSetExplanation: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly uuid: components["parameters"]["uuid"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The steps in the order in which they were made. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Explanation"];
                    readonly "application/xml": components["schemas"]["Explanation"];
                    readonly "application/yaml": components["schemas"]["Explanation"];
                };
            };
            /** @description Not changed since the ETag in If-None-Match. */
            readonly 304: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 429: components["responses"]["TooMany"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly Readiness: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Ready. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Readiness"];
                    readonly "application/xml": components["schemas"]["Readiness"];
                    readonly "application/yaml": components["schemas"]["Readiness"];
                };
            };
            /** @description Not ready; the checks say why. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Readiness"];
                    readonly "application/xml": components["schemas"]["Readiness"];
                    readonly "application/yaml": components["schemas"]["Readiness"];
                };
            };
        };
    };
    readonly ExecutionRequest: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ExecutionRequest"];
                readonly "application/xml": components["schemas"]["ExecutionRequest"];
                readonly "application/yaml": components["schemas"]["ExecutionRequest"];
            };
        };
        readonly responses: {
            /** @description The offer set, where `Prefer: return=representation` asks for it. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["OfferSetResponse"];
                    readonly "application/xml": components["schemas"]["OfferSetResponse"];
                    readonly "application/yaml": components["schemas"]["OfferSetResponse"];
                };
            };
            /** @description The offer set, at `Location` and in the body. */
            readonly 303: {
                headers: {
                    /** @description URL of what was made; its last segment is the UUID. */
                    readonly Location?: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["OfferSetResponse"];
                    readonly "application/xml": components["schemas"]["OfferSetResponse"];
                    readonly "application/yaml": components["schemas"]["OfferSetResponse"];
                };
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 413: components["responses"]["TooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 429: components["responses"]["TooMany"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly SessionList: {
        readonly parameters: {
            readonly query?: {
                /** @description List what is older than this session. */
                readonly before?: string;
                /** @description Most that are listed. */
                readonly limit?: number;
                /** @description Phases to list, separated by commas. */
                readonly phase?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of sessions. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SessionList"];
                    readonly "application/xml": components["schemas"]["SessionList"];
                    readonly "application/yaml": components["schemas"]["SessionList"];
                };
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 429: components["responses"]["TooMany"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly SessionSelect: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly uuid: components["parameters"]["uuid"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The session as it is now. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AbstractExecutionSession"];
                    readonly "application/xml": components["schemas"]["AbstractExecutionSession"];
                    readonly "application/yaml": components["schemas"]["AbstractExecutionSession"];
                };
            };
            /** @description Not changed since the ETag in If-None-Match. */
            readonly 304: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 429: components["responses"]["TooMany"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly SessionUpdate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly uuid: components["parameters"]["uuid"];
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["AbstractUpdate"];
                readonly "application/xml": components["schemas"]["AbstractUpdate"];
                readonly "application/yaml": components["schemas"]["AbstractUpdate"];
            };
        };
        readonly responses: {
            /** @description The session after the update. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AbstractExecutionSession"];
                    readonly "application/xml": components["schemas"]["AbstractExecutionSession"];
                    readonly "application/yaml": components["schemas"]["AbstractExecutionSession"];
                };
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 409: components["responses"]["Conflict"];
            readonly 413: components["responses"]["TooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly SessionEvents: {
        readonly parameters: {
            readonly query?: {
                /** @description Only events with a greater number. */
                readonly after?: number;
            };
            readonly header?: {
                /** @description As `after`; sent by browsers that reconnect. */
                readonly "Last-Event-ID"?: string;
            };
            readonly path: {
                readonly uuid: components["parameters"]["uuid"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Events until the session is final. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/event-stream": unknown;
                };
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 409: components["responses"]["Conflict"];
            readonly 429: components["responses"]["TooMany"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly SessionLogs: {
        readonly parameters: {
            readonly query?: {
                /** @description Go on until the payload ends. */
                readonly follow?: boolean;
            };
            readonly header?: never;
            readonly path: {
                readonly uuid: components["parameters"]["uuid"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Text as it was written. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": string;
                };
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 409: components["responses"]["Conflict"];
            readonly 429: components["responses"]["TooMany"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly KeptStorageList: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description By name. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["KeptStorageList"];
                    readonly "application/xml": components["schemas"]["KeptStorageList"];
                    readonly "application/yaml": components["schemas"]["KeptStorageList"];
                };
            };
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly KeptStorageRemove: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly name: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description It is being removed; nobody gets it any more. */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 409: components["responses"]["Conflict"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly AccessTokenList: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Every token that was not revoked; never the token itself. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AccessTokenList"];
                    readonly "application/xml": components["schemas"]["AccessTokenList"];
                    readonly "application/yaml": components["schemas"]["AccessTokenList"];
                };
            };
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly AccessTokenCreate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["NewAccessToken"];
                readonly "application/xml": components["schemas"]["NewAccessToken"];
                readonly "application/yaml": components["schemas"]["NewAccessToken"];
            };
        };
        readonly responses: {
            /** @description Made; the token itself stands here and nowhere else. */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["NewAccessTokenAnswer"];
                    readonly "application/xml": components["schemas"]["NewAccessTokenAnswer"];
                    readonly "application/yaml": components["schemas"]["NewAccessTokenAnswer"];
                };
            };
            readonly 400: components["responses"]["Malformed"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 409: components["responses"]["Conflict"];
            readonly 413: components["responses"]["TooLarge"];
            readonly 415: components["responses"]["UnsupportedMediaType"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly AccessTokenRevoke: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Revoked; it is refused from now on, by other replicas within seconds. */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 503: components["responses"]["Busy"];
        };
    };
    readonly WhoAmI: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The caller. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Identity"];
                    readonly "application/xml": components["schemas"]["Identity"];
                    readonly "application/yaml": components["schemas"]["Identity"];
                };
            };
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 406: components["responses"]["NotAcceptable"];
        };
    };
}
type WithRequired<T, K extends keyof T> = T & {
    [P in K]-?: T[P];
};
