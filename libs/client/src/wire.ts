/**
 * Documents of the wire as this client reads them: v1.0 and our own additions, every field that a foreign server may leave out
 * is optional. Stricter than `unknown`, laxer than the generated types, which say what our own server sends.
 */
import type { SessionPhase } from '#model';

export interface WireMessage {
  readonly kind?: string;
  readonly time?: string;
  readonly level?: string;
  readonly template?: string;
  readonly values?: Readonly<Record<string, string>>;
  readonly message?: string;
}

export interface WireOption { readonly kind?: string; readonly path?: string; readonly values?: readonly string[] }

export interface WireMeta {
  readonly uuid?: string;
  readonly name?: string;
  readonly url?: string;
  readonly description?: string;
  readonly created?: string;
  readonly modified?: string;
  readonly messages?: readonly WireMessage[];
  readonly options?: readonly WireOption[];
}

export interface WireMeasure { readonly kind?: string; readonly type?: string; readonly description?: string; readonly min?: number; readonly max?: number }
export interface WireRange { readonly min?: number; readonly max?: number }

export interface WireSchedule {
  readonly preparing?: { readonly start?: string; readonly duration?: string };
  readonly available?: { readonly start?: string; readonly duration?: string };
  readonly releasing?: { readonly start?: string; readonly duration?: string };
}

export interface WireComponent {
  readonly kind?: string;
  readonly meta?: WireMeta;
  readonly phase?: string;
  readonly schedule?: WireSchedule;
  readonly cores?: WireRange;
  readonly memory?: WireRange;
  readonly accelerators?: readonly { readonly type?: string; readonly model?: string; readonly count?: WireRange }[];
  readonly nodes?: WireRange;
  readonly size?: WireRange;
  readonly location?: string;
}

export interface WireConnector { readonly kind?: string; readonly status?: string; readonly protocol?: string; readonly location?: string }

export interface WireSession {
  readonly kind?: string;
  readonly meta: WireMeta & { readonly uuid: string };
  readonly phase: SessionPhase;
  readonly expires?: string;
  readonly schedule?: WireSchedule;
  readonly executable?: WireComponent;
  readonly compute?: WireComponent;
  readonly storage?: readonly WireComponent[];
  readonly data?: readonly WireComponent[];
  readonly costs?: readonly WireMeasure[];
  readonly metrics?: readonly WireMeasure[];
  readonly connectors?: readonly WireConnector[];
}

export interface WireOfferSet {
  readonly kind?: string;
  readonly meta: WireMeta & { readonly uuid: string };
  readonly result: 'YES' | 'NO';
  readonly offers: readonly WireSession[];
}

export interface WireExplanationStep {
  readonly step: string;
  readonly about: string;
  readonly verdict: string;
  readonly messages?: readonly WireMessage[];
  readonly facts?: readonly { readonly name: string; readonly value: string }[];
}
export interface WireExplanation { readonly result: string; readonly steps: readonly WireExplanationStep[]; readonly left?: number }

export interface WireProgress { readonly done: number; readonly total?: number; readonly unit: string; readonly what: string }

export interface WireEvent {
  readonly number: number;
  readonly at: string;
  readonly kind: string;
  readonly phase: SessionPhase;
  readonly progress?: WireProgress;
  readonly message?: WireMessage;
  readonly connectors?: readonly WireConnector[];
}

export interface WirePool { readonly pool: string; readonly total: Readonly<Record<string, number>>; readonly free: readonly Readonly<Record<string, number>>[] }
export interface WireCapacity { readonly window: { readonly start: string; readonly end: string }; readonly step: string; readonly pools: readonly WirePool[] }

export interface WireAccount { readonly name: string; readonly roles?: readonly string[]; readonly groups?: readonly string[]; readonly created?: string; readonly disabled?: boolean }
/** One broker under an aggregator. */
export interface WireMember {
  readonly name: string;
  readonly url: string;
  readonly exposure: string;
  readonly source: string;
  readonly draining: boolean;
  readonly up: boolean;
  readonly failures: number;
  readonly since?: string;
  readonly sessions: number;
  readonly kinds?: readonly string[];
}
export interface NewMember {
  readonly name: string; readonly url: string; readonly exposure?: string; readonly hiddenHosts?: readonly string[]; readonly gateway?: string; readonly credentials?: string;
}
export interface WireMemberTest {
  readonly name: string; readonly reachable: boolean; readonly recognised: boolean; readonly speaks?: string; readonly kinds: readonly string[]; readonly reasons: readonly string[];
}

export interface NewAccount { readonly name: string; readonly password: string; readonly roles?: readonly string[]; readonly groups?: readonly string[] }

/** From start on; without an end for good. */
export interface WireStretch { readonly start: string; readonly end?: string }

export interface WirePolicyVerdict {
  readonly policy: string;
  readonly pool?: string;
  readonly verdict: string;
  readonly reasons: readonly string[];
  readonly facts: readonly { readonly name: string; readonly value: string }[];
}

/** What the policies of a node would say. */
export interface WirePolicyTrial {
  readonly version: string;
  readonly result: string;
  readonly reasons: readonly string[];
  readonly verdicts: readonly WirePolicyVerdict[];
  readonly pools: readonly { readonly pool: string; readonly verdict: string }[];
}

export interface WireCalendarEntry {
  readonly id: string;
  readonly name?: string;
  readonly kind: string;
  readonly pool: string;
  readonly amounts?: Readonly<Record<string, number>>;
  readonly times: readonly WireStretch[];
  readonly group?: string;
  readonly note?: string;
  readonly isWhole: boolean;
  readonly block?: { readonly pool: string; readonly free: Readonly<Record<string, number>> };
  readonly ended?: string;
}

/** See NewCalendarEntry of the API description; the server judges it. */
export interface NewCalendarEntry {
  readonly kind: string;
  readonly pool: string;
  readonly when: string | readonly string[];
  readonly amounts?: Readonly<Record<string, number>>;
  readonly repeat?: { readonly count: number; readonly every: string; readonly zone?: string };
  readonly name?: string;
  readonly group?: string;
  readonly grace?: string;
  readonly whenFull?: string;
  readonly note?: string;
  readonly force?: boolean;
}

export interface WireFault { readonly path?: string; readonly fault?: string; readonly fix?: string }

/** RFC 9457, with the members that our server adds. */
export interface WireProblem {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly instance?: string;
  readonly faults?: readonly WireFault[];
  readonly reasons?: readonly WireMessage[];
  readonly session?: WireSession;
}

/** The rendered text of a message; a template of either style is filled in where the server sent no text. */
export function messageText(of: WireMessage): string {
  if (of.message !== undefined && of.message !== '') return of.message;
  const fill = (place: string, name: string): string => of.values?.[name] ?? place;
  return (of.template ?? of.kind ?? '').replace(/\$?\{([\w.-]+)\}/g, fill);
}

/** Kinds of the messages that tell how the payload ended: of a failure, and of every end. */
export const exitCodeKinds: readonly string[] = ['urn:execution-broker:reason:exit-code', 'urn:execution-broker:message:outcome'];

/** Exit code of the payload, once a message of the session tells it. */
export function exitCodeOf(session: WireSession): number | undefined {
  const messages = [...(session.meta.messages ?? []), ...(session.executable?.meta?.messages ?? [])];
  const told = messages.filter((message) => exitCodeKinds.includes(message.kind ?? '')).map(({ values }) => values?.['exitCode'] ?? values?.['code']);
  const code = told.find((text) => text !== undefined && /^\d+$/.test(text));
  return code === undefined ? undefined : Number(code);
}
