/** Requests as clients write them, with sensible defaults: `aRequest().cores(4).from('2030-06-03T10:00:00Z/PT0S')`. */
import { kinds } from '#model';

type Json = Record<string, unknown>;

export class RequestBuilder {
  constructor(private readonly body: Json) {}

  /** The request as JSON. */
  build(): Json {
    return this.body;
  }

  with(fields: Json): RequestBuilder {
    return new RequestBuilder({ ...this.body, ...fields });
  }

  cores(min: number, max = min): RequestBuilder {
    return this.compute({ cores: { min, max } });
  }

  memory(min: number, max = min): RequestBuilder {
    return this.compute({ memory: { min, max } });
  }

  /** Accelerated compute with so many accelerators of a type, besides those of other calls. */
  accelerators(type: string, min: number, max = min, more: Json = {}): RequestBuilder {
    const { accelerators = [] } = (this.body['compute'] ?? {}) as { accelerators?: readonly Json[] };
    return this.compute({ kind: kinds.acceleratedCompute, accelerators: [...accelerators, { type, count: { min, max }, ...more }] });
  }

  /** Accelerated compute over so many hosts. */
  nodes(min: number, max = min): RequestBuilder {
    return this.compute({ kind: kinds.acceleratedCompute, nodes: { min, max } });
  }

  /** One window of starts, or several. */
  from(start: string | readonly string[]): RequestBuilder {
    return this.requested({ start });
  }

  lasting(duration: string | Json): RequestBuilder {
    return this.requested({ duration });
  }

  kind(kind: string): RequestBuilder {
    return this.with({ executable: { kind } });
  }

  /** How the scripted platform shall behave. */
  script(script: Json): RequestBuilder {
    return this.with({ executable: { kind: kinds.scripted, script } });
  }

  private compute(part: Json): RequestBuilder {
    return this.with({ compute: { kind: kinds.simpleCompute, ...(this.body['compute'] as Json | undefined), ...part } });
  }

  private requested(part: Json): RequestBuilder {
    const schedule = this.body['schedule'] as { requested: Json } | undefined;
    return this.with({ schedule: { requested: { ...schedule?.requested, ...part } } });
  }
}

/** One core, one GiB, one hour, a scripted run, started as soon as possible. */
export function aRequest(): RequestBuilder {
  return new RequestBuilder({ executable: { kind: kinds.scripted } }).cores(1).memory(1).lasting('PT1H');
}
