/** YAML that readers of YAML 1.1 read as it was meant, PyYAML and its kin included. */
import { Document, isScalar, stringify, visit } from 'yaml';

/** Plain texts are texts to YAML 1.1 too: NO, yes, dates and the like come quoted. */
const style = { compat: 'yaml-1.1', aliasDuplicateObjects: false } as const;
/** Texts of several lines stand in quotes: blocks lose spaces before the first line. */
const oneLine = { lineWidth: 0, blockQuote: false, doubleQuotedMinMultiLineLength: Infinity } as const;

/** What YAML allows only escaped, what YAML 1.1 takes for line ends or byte order marks, and tabs, which PyYAML takes for indentation; the library writes them as they are. */
const unsafe = /[\t\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/;
const allUnsafe = new RegExp(unsafe, 'g');
/** An equals sign alone is no text to YAML 1.1. */
const lonelyEquals = /(?:^|\s)=(?::|$)/m;
/** Characters above the first 65536, and halves of them, written or escaped. */
const surrogate = /[\ud800-\udfff]|\\ud/;

export function writeYaml(document: unknown): string {
  const text = stringify(document, { ...style, ...oneLine });
  return [unsafe, surrogate, lonelyEquals].some((odd) => odd.test(text)) ? escaped(document) : text;
}

/** Escapes exist between double quotes only, so each text that needs one gets them first. */
function escaped(document: unknown): string {
  const tree = new Document(document, style);
  visit(tree, (_key, node) => {
    if (!isScalar(node) || typeof node.value !== 'string') return;
    node.value = node.value.toWellFormed();
    if (unsafe.test(node.value as string) || node.value === '=') node.type = 'QUOTE_DOUBLE';
  });
  return tree.toString(oneLine).replace(allUnsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
