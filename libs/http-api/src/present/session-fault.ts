import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Session } from '#model';
import { loadDocument } from '#openapi';
import { pathOf } from '../fault.js';
import { jsonSchemaOf } from '../body/wire-schema.js';

/** Finds what a client of v1.0 could not read of a session that others made: where, and what is wrong there. Undefined for a good one. */
export function sessionTypeFaults(): (session: Session) => string | undefined {
  const ajv = new Ajv2020({ strict: false, strictNumbers: true, validateFormats: false });
  ajv.addSchema(jsonSchemaOf(loadDocument(), 'types'));
  const accepts = ajv.compile({ $ref: 'wire-types#/$defs/ScheduledExecutionSession' });
  return (session) => {
    if (accepts(asToldOf(session))) return undefined;
    const [error] = accepts.errors ?? [];
    return `${pathOf(error?.instancePath ?? '')} ${error?.message ?? 'is not as it should be'}`;
  };
}

/** What is shown as its maker told it; the rest is written by us. Runs for every offer that is shown. */
function asToldOf({ executable, compute: { spec: compute, volumes }, storage, data, costs, metrics, connectors }: Session): unknown {
  return { executable: executable.spec, compute: { ...compute, volumes: volumes.map(specOf) }, storage: storage.map(specOf), data: data.map(specOf), costs, metrics, connectors };
}

function specOf({ spec }: { readonly spec: unknown }): unknown {
  return spec;
}
