/** The plugins that this build knows. Nothing registers itself: what is not listed here does not exist. */
import type { DataResolverPlugin, PlatformPlugin, PolicyPlugin } from '#plugin-sdk';
import { filePlugin, httpPlugin } from '#data';
import { localPlugin } from '#platforms/local';
import { scriptedPlugin } from '#platforms/scripted';
import { slurmPlugin } from '#platforms/slurm';
import { allowListPolicy } from '#policies/allow-list';
import { hoursPolicy } from '#policies/hours';
import { longestRunPolicy } from '#policies/longest-run';

export const platformPlugins: readonly PlatformPlugin<unknown>[] = [localPlugin, scriptedPlugin, slurmPlugin];
export const policyPlugins: readonly PolicyPlugin<unknown>[] = [allowListPolicy, hoursPolicy, longestRunPolicy];
export const dataPlugins: readonly DataResolverPlugin<unknown>[] = [httpPlugin, filePlugin];
