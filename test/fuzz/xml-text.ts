/** A document as XML, badly on purpose where its names can't be element names. */
export function asXml(document: unknown, name = 'ExecutionRequest'): string {
  if (Array.isArray(document)) return `<${name}>${document.map((one) => asXml(one, 'i')).join('')}</${name}>`;
  if (typeof document !== 'object' || document === null) return `<${name}>${String(document).replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</${name}>`;
  return `<${name}>${Object.entries(document).map(([key, value]) => asXml(value, key)).join('')}</${name}>`;
}
