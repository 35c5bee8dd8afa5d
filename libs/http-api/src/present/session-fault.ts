import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Session } from '#model';
import { loadDocument } from '#openapi';
import { pathOf } from '../fault.js';
import { jsonSchemaOf } from '../body/wire-schema.js';
import { presentSession } from './session.js';

/** Finds what a client of v1.0 could not read of a session that others made: where, and what is wrong there. Undefined for a good one. */
export function sessionTypeFaults(): (session: Session) => string | undefined {
  const ajv = new Ajv2020({ strict: false, strictNumbers: true, validateFormats: false });
  ajv.addSchema(jsonSchemaOf(loadDocument(), 'types'));
  const accepts = ajv.compile({ $ref: 'wire-types#/$defs/ScheduledExecutionSession' });
  return (session) => {
    if (accepts(presentSession(session, ''))) return undefined;
    const [error] = accepts.errors ?? [];
    return `${pathOf(error?.instancePath ?? '')} ${error?.message ?? 'is not as it should be'}`;
  };
}
