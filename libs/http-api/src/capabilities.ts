/** What this node says about itself: to programs as JSON, to the Virtual Observatory as VOSI capabilities. */
import type { Schemas } from '#openapi';
import { mediaTypes } from './negotiation.js';
import type { HttpOptions, NodeFacts } from './settings.js';

export function presentCapabilities(facts: NodeFacts, options: HttpOptions): Schemas['Capabilities'] {
  return {
    name: facts.name,
    version: '1.0',
    kinds: facts.kinds,
    ...(facts.accelerators && facts.accelerators.length > 0 ? { accelerators: facts.accelerators } : {}),
    limits: { ...facts.limits, bodyBytes: options.bodyLimit },
    authentication: { methods: ['basic'], realm: options.realm, anonymous: facts.anonymous, publicReads: facts.publicReads },
    mediaTypes: { read: [...mediaTypes], written: [...mediaTypes], undeclared: options.defaultMediaType },
    extensions: ['request-name', 'start-window-list', 'duration-range', 'data-checksum', 'session-list', 'session-events', 'session-logs', 'capacity'],
  };
}

/** VOSI 1.2: capabilities, and the interface of the broker itself. No standardID is registered for it yet, so it has none. */
export function vosiCapabilities(base: string, facts: NodeFacts): string {
  const url = (path: string): string => escaped(`${base}${path}`);
  const security = facts.anonymous ? '' : '\n      <securityMethod standardID="ivo://ivoa.net/sso#BasicAA"/>';
  return `<?xml version="1.0" encoding="UTF-8"?>
<vosi:capabilities xmlns:vosi="http://www.ivoa.net/xml/VOSICapabilities/v1.0" xmlns:vr="http://www.ivoa.net/xml/VOResource/v1.0"
    xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <capability standardID="ivo://ivoa.net/std/VOSI#capabilities">
    <interface xsi:type="vs:ParamHTTP" role="std"><accessURL use="full">${url('/capabilities')}</accessURL></interface>
  </capability>
  <capability>
    <description>IVOA ExecutionBroker v1.0</description>
    <interface xsi:type="vs:ParamHTTP" version="1.0">
      <accessURL use="base">${url('')}</accessURL>${security}
    </interface>
  </capability>
</vosi:capabilities>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
