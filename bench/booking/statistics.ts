/** How a bench counts and times: ratios of phases that alternate, medians of what was repeated. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Lets every worker do one thing after the other for `length` milliseconds; done per second. */
export async function perSecond(length: number, works: readonly (() => Promise<number>)[]): Promise<number> {
  const begin = performance.now();
  let done = 0;
  await Promise.all(works.map(async (work) => {
    while (performance.now() - begin < length) {
      const more = await work();
      done += more;
    }
  }));
  return (done * 1000) / (performance.now() - begin);
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}
