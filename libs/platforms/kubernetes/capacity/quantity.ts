/** Kubernetes' way to write amounts. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const scales: Readonly<Record<string, number>> = {
  n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
};

/** `1500m` → 1.5, `64Mi` → 67108864; NaN for what is none. */
export function parseQuantity(text: string | number | undefined): number {
  if (typeof text === 'number') return text;
  const found = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/.exec(text ?? '0');
  return found ? Number(found[1]) * (scales[found[2] ?? ''] ?? Number.NaN) : Number.NaN;
}

export const gibibyte = 2 ** 30;
