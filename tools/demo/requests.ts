/** The two requests of the demo: the same question as a plain process and as a container. */
import { kinds } from '#model';
import type { DataResource, Executable, ExecutionRequest, VolumeMount } from '#model';
import type { DataServer, Served } from './data-server.js';

export const dataSet = 'seattle-weather.csv';

export function processRequest(files: DataServer): ExecutionRequest {
  const executable = { kind: kinds.localProcess, meta: { name: 'seattle-weather' }, command: ['node', 'program/analyse.mjs', 'input'] };
  return request(executable, files, 'analyse.mjs');
}

export function containerRequest(files: DataServer, image: string): ExecutionRequest {
  const command = ['awk', '-f', '/program/analyse.awk', `/input/${dataSet}`];
  return request({ kind: kinds.dockerContainer, meta: { name: 'seattle-weather-container' }, image: { locations: [image] }, command }, files, 'analyse.awk');
}

/** One core is enough, two are welcome; it may start at any moment of the next two hours. */
function request(executable: Executable, files: DataServer, program: string): ExecutionRequest {
  return {
    name: executable.meta?.name ?? 'demo',
    executable,
    compute: {
      kind: kinds.simpleCompute, cores: { min: 1, max: 2 }, memory: { min: 1, max: 2 },
      volumes: [mount('weather', '/input'), mount('program', '/program')],
    },
    data: [bring('weather', files.file(dataSet)), bring('program', files.file(program))],
    schedule: { requested: { duration: 'PT2M', start: `${new Date().toISOString().replace(/\.\d+/, '')}/PT2H` } },
  };
}

function bring(name: string, { url, sha256 }: Served): DataResource {
  return { kind: kinds.simpleData, meta: { name }, location: url, checksum: { type: 'sha256', value: sha256 } };
}

function mount(resource: string, path: string): VolumeMount {
  return { kind: kinds.simpleVolume, resource, path, mode: 'READONLY' };
}
