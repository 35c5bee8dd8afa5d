import { bedConfig, restOfBed } from './bed.js';
import { clusterContract } from './cluster-contract.js';

const instance = `rest-${process.pid}`;
const config = bedConfig(instance, { reservations: { style: 'cores' }, rest: restOfBed, users: { map: { 'local:tester': { user: 'alice', account: 'stars' } } } });

clusterContract({
  name: 'slurm, by slurmrestd v0.0.38 with a token for each account',
  instance,
  config,
  badConfigs: [
    { raw: { ...config, rest: { ...restOfBed, version: 'v0.0.1' } }, path: 'rest.version' },
    { raw: { ...config, rest: { ...restOfBed, user: 'root' } }, path: 'rest.user' },
    { raw: { ...config, rest: { ...restOfBed, token: { command: ['scontrol', 'token'] } } }, path: 'rest.token' },
  ],
});
