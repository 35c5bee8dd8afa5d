/** Whether a chart can be had here: by its name, version, values and size. Nothing is asked of the cluster. */
import type { ErrorObject } from 'ajv';
import type { Draft, Executable, Reason, Resources } from '#model';
import { canonicalKind, kinds, lackingIn, reason } from '#model';
import type { ChartConfig, HelmConfig } from './config.js';

/** Why the draft can't run; empty when it can. */
export function judgeChartDraft(draft: Draft, config: HelmConfig): readonly Reason[] {
  return [...judgeChart(draft.executable, config), ...judgeLength(draft, config), ...judgeRest(draft), ...judgeSize(draft.need.min, config.total)];
}

/** Undefined where the request names a chart that is not configured. */
export function chartOf({ chart }: Executable, { charts }: HelmConfig): ChartConfig | undefined {
  return charts.find(({ name }) => name === chart);
}

function judgeChart(executable: Executable, config: HelmConfig): readonly Reason[] {
  if (canonicalKind(executable.kind) !== kinds.helmChart) return [reason('kind-refused', "'{kind}' does not run here", { kind: executable.kind }, { path: 'executable.kind' })];
  const found = chartOf(executable, config);
  if (found === undefined) return [reason('chart-refused', "there is no chart '{chart}' here; there are: {known}", { chart: executable.chart ?? '', known: config.charts.map(({ name }) => name).join(', ') }, { path: 'executable.chart' })];
  return [...judgeVersion(executable, found), ...judgeValues(executable, found)];
}

function judgeVersion({ version }: Executable, { version: own }: ChartConfig): readonly Reason[] {
  if (version === undefined || version === own) return [];
  return [reason('chart-version', "version '{asked}' is not here; this node has {own}", { asked: version, own: own ?? 'the one that is configured' }, { path: 'executable.version' })];
}

function judgeValues({ values = {} }: Executable, { judge }: ChartConfig): readonly Reason[] {
  if (judge(values)) return [];
  return (judge.errors ?? []).slice(0, 10).map((fault) => reason('values-refused', '{fault}', { fault: `this value ${saidOf(fault)}` }, { path: pathOf(fault) }));
}

function saidOf({ keyword, message = 'is not allowed', params }: ErrorObject): string {
  return keyword === 'additionalProperties' ? `'${String(params['additionalProperty'])}' can not be set here` : message;
}

function pathOf({ instancePath, keyword, params }: ErrorObject): string {
  const extra = keyword === 'additionalProperties' ? `/${String(params['additionalProperty'])}` : '';
  return `executable.values${(instancePath + extra).replaceAll('/', '.')}`;
}

function judgeLength(draft: Draft, { longestRun }: HelmConfig): readonly Reason[] {
  if (draft.duration.min <= longestRun) return [];
  return [reason('too-long', 'asks for {asked} s, the longest run is {longest} s', { asked: draft.duration.min / 1000, longest: longestRun / 1000 }, { path: 'schedule.requested.duration' })];
}

/** Charts bring storage of their own. */
function judgeRest({ storage, data }: Draft): readonly Reason[] {
  return [
    ...(storage.length === 0 ? [] : [reason('storage-refused', 'charts claim their storage themselves', {}, { path: 'storage[0]' })]),
    ...(data.length === 0 ? [] : [reason('data-refused', 'no data is brought to charts', {}, { path: 'data[0]' })]),
  ];
}

function judgeSize(need: Resources, total: Resources): readonly Reason[] {
  return lackingIn(need, total).map((name) => reason('too-big', 'asks for {asked} of {name}, all charts together have {most}', { name, asked: need[name] ?? 0, most: total[name] ?? 0 }, { path: `compute.${name}.min` }));
}
