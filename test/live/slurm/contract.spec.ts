import { mkdirSync } from 'node:fs';
import { bedConfig } from './bed.js';
import { clusterContract } from './cluster-contract.js';

// Of this run alone: what a broken-off run has left must not count.
const instance = `live-${process.pid}`;
const base = bedConfig(instance, { reservations: { style: 'cores' } });
const config = { ...base, kept: { folder: `${base.folder}.kept`, size: 5 } };
mkdirSync(config.kept.folder, { recursive: true });

clusterContract({
  name: 'slurm, by its command line',
  instance,
  config,
  badConfigs: [
    { raw: { ...config, folder: 'scratch' }, path: 'folder' },
    { raw: { ...config, partitions: [] }, path: 'partitions' },
    { raw: { ...config, kept: { folder: 'kept', size: 5 } }, path: 'kept.folder' },
    { raw: { ...config, reservations: { style: 'racks' } }, path: 'reservations.style' },
    { raw: { ...config, reservations: { style: 'cores', from: '10' } }, path: 'reservations.from' },
    { raw: { ...config, users: { asUser: ['sudo'], map: { '*': { user: 'root' } } } }, path: 'users.map.*.user' },
  ],
});
