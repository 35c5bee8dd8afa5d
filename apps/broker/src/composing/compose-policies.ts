/** Configured policies → guarded instances with their names and pools. One that is broken denies: left out, it would allow. */
import type { Clock, Log, Requester } from '#model';
import { reason } from '#model';
import type { BoundPolicy } from '#node';
import { buildCatalogue, guardPolicy } from '#plugin-sdk';
import type { CatalogueFault, Policy } from '#plugin-sdk';
import type { BrokenPolicy, PolicySections } from '../configuration/policy-entries.js';

export interface PolicySurroundings {
  readonly clock: Clock;
  readonly log: Log;
  tokenOf?(requester: Requester): string | undefined;
}

export interface ComposedPolicies { readonly policies: readonly BoundPolicy[]; readonly version: string; readonly faults: readonly CatalogueFault[] }

export function composePolicies(loaded: PolicySections, around: PolicySurroundings): ComposedPolicies {
  const { clock, log, tokenOf } = around;
  const { instances, faults } = buildCatalogue(loaded.policyPlugins, loaded.policies, () => ({ clock, log, fetch, ...(tokenOf ? { tokenOf } : {}) }));
  const bound = (name: string, policy: Policy): BoundPolicy => {
    const pool = loaded.policyPools.get(name);
    return { ...guardPolicy(policy, { name, clock, log }), name, ...(pool === undefined ? {} : { pool }) };
  };
  const working = [...instances].map(([name, { instance }]) => bound(name, instance as Policy));
  const broken = [...loaded.brokenPolicies, ...faults.map(({ name }): BrokenPolicy => ({ name }))].map(({ name }) => bound(name, denying(name)));
  return { policies: [...working, ...broken], version: loaded.policyVersion, faults };
}

function denying(name: string): Policy {
  return { judge: () => Promise.resolve({ kind: 'deny', reason: reason('policy-broken', 'the rule {name} of this node is not in order, so nothing is offered; the operator finds why in the log', { name }, { level: 'ERROR' }) }) };
}
