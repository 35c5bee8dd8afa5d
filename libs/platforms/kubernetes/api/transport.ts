/** One request to the API server and its answer as a stream: the only I/O of the platform, so that specs can answer in its place. */
export interface NativeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query, for example `/api/v1/namespaces/eb/pods?limit=500`. */
  readonly path: string;
  readonly body?: unknown;
  /** JSON when left out. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  /** Streams (watches, logs) have no end that could be waited for. */
  readonly endless?: boolean;
}

/** `date`: when the server answered, by its clock. */
export interface NativeAnswer { readonly status: number; readonly retryAfter?: string; readonly date?: string; readonly body: AsyncIterable<Uint8Array> }

/** Rejects when there is no answer: refused, cut off, timed out. */
export type Transport = (request: NativeRequest) => Promise<NativeAnswer>;
