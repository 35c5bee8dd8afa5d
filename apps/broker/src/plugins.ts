/** The plugins that this build knows. Nothing registers itself: what is not listed here does not exist. */
import type { DataResolverPlugin, PlatformPlugin, PolicyPlugin } from '#plugin-sdk';
import { filePlugin, httpPlugin, replicasPlugin } from '#data';
import { helmPlugin, kubernetesPlugin } from '#platforms/kubernetes';
import { localPlugin } from '#platforms/local';
import { scriptedPlugin } from '#platforms/scripted';
import { slurmPlugin } from '#platforms/slurm';
import { allowListPolicy } from '#policies/allow-list';
import { budgetPolicy } from '#policies/budget';
import { hoursPolicy } from '#policies/hours';
import { httpPolicy } from '#policies/http';
import { limitsPolicy } from '#policies/limits';
import { longestRunPolicy } from '#policies/longest-run';
import { membershipPolicy } from '#policies/membership';
import { quotaPolicy } from '#policies/quota';
import { rulesPolicy } from '#policies/rules';
import { srcnetPermissionsPolicy } from '#policies/srcnet-permissions';

export const platformPlugins: readonly PlatformPlugin<unknown>[] = [helmPlugin, kubernetesPlugin, localPlugin, scriptedPlugin, slurmPlugin];
export const policyPlugins: readonly PolicyPlugin<unknown>[] = [
  allowListPolicy, budgetPolicy, hoursPolicy, httpPolicy, limitsPolicy, longestRunPolicy, membershipPolicy, quotaPolicy, rulesPolicy, srcnetPermissionsPolicy,
];
export const dataPlugins: readonly DataResolverPlugin<unknown>[] = [httpPlugin, filePlugin, replicasPlugin];
