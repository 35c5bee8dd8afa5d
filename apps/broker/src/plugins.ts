/** The plugins that this build knows. Nothing registers itself: what is not listed here does not exist. */
import type { DataResolverPlugin, PlatformPlugin, PolicyPlugin } from '#plugin-sdk';
import { fileData, httpData } from '#data';
import { localPlatform } from '#platforms/local';
import { scriptedPlatform } from '#platforms/scripted';
import { hoursPolicy } from '#policies/hours';
import { longestRunPolicy } from '#policies/longest-run';

export const platformPlugins: readonly PlatformPlugin<never>[] = [localPlatform, scriptedPlatform];
export const policyPlugins: readonly PolicyPlugin<never>[] = [hoursPolicy, longestRunPolicy];
export const dataPlugins: readonly DataResolverPlugin<never>[] = [httpData, fileData];
