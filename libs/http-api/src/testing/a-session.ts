import { kinds } from '#model';
import type { ComponentId, Executable, OfferSetId, RequesterId, Schedule, Session, SessionId } from '#model';

const hour = 3_600_000;
const start = Date.parse('2030-06-03T09:00:00Z');

const schedule: Schedule = {
  preparing: { start: start - 60_000, duration: 60_000 },
  available: { start: { start, end: start + 1500 }, duration: 4 * hour + 30_500 },
  releasing: { start: start + 4 * hour, duration: 0 },
};

const component = (last: number): ComponentId => `00000000-0000-4000-9000-00000000000${last}` as ComponentId;

/** A session with something in every field; what a spec cares about is given. */
export function aSession(given: Partial<Omit<Session, 'executable'>> & { readonly executable?: Executable } = {}): Session {
  const { executable, ...rest } = given;
  const life = { phase: 'INITIALIZING', schedule, messages: [] } as const;
  return {
    id: '00000000-0000-4000-8000-000000000001' as SessionId, offerSet: '00000000-0000-4000-8000-000000000000' as OfferSetId, owner: 'local:alice' as RequesterId,
    phase: 'OFFERED', created: start - hour, modified: start - hour + 7, expires: start - hour + 300_000, schedule,
    executable: { ...life, id: component(1), spec: executable ?? { kind: kinds.dockerContainer, meta: { name: 'exec', description: 'what runs' }, image: { locations: ['registry.example/app:1.10'] }, command: ['5', '0'] } },
    compute: {
      ...life, id: component(2), spec: { kind: kinds.simpleCompute, cores: { min: 2, max: 4 }, memory: { min: 2, max: 2 } },
      volumes: [{ id: component(3), spec: { kind: kinds.simpleVolume, path: '/input', mode: 'READONLY', resource: component(5) } }],
    },
    storage: [{ ...life, id: component(4), spec: { kind: kinds.simpleStorage, size: { min: 10, max: 10 }, data: [component(5)] } }],
    data: [{ ...life, id: component(5), spec: { kind: kinds.simpleData, storage: component(4), location: 'https://example.org/x.fits' } }],
    costs: [{ kind: kinds.floatCost, type: 'urn:execution-broker:cost:monetary', min: 0.1, max: 0.5 }],
    metrics: [{ kind: kinds.floatMetric, type: 'urn:execution-broker:metric:compute-performance', min: 1 }],
    connectors: [{ kind: 'urn:execution-broker:connector:port', status: 'AVAILABLE', protocol: 'HTTP', location: 'http://example.org:8080/' }],
    messages: [{ kind: 'urn:execution-broker:reason:remark', level: 'INFO', template: 'asked for {cores}', values: { cores: '2' }, path: 'compute.cores', time: start }],
    options: [{ kind: 'enum', path: 'phase', values: ['ACCEPTED', 'REJECTED'] }, { kind: 'delta', path: 'schedule.duration', min: 0, max: 60, units: 's' }],
    ...rest,
  };
}
