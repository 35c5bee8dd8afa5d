/**
 * Arrays in the binary form of PostgreSQL, which it reads as they are: a text would be quoted here and unquoted there. Each
 * begins with its dimensions, flags, element type, length and lower bound; an element is its length and its bytes.
 */
const types = { int4: 23, int8: 20, text: 25, json: 114, uuid: 2950 };
const head = 20;

export function uuidArray(ids: readonly string[]): Buffer {
  const array = begun(types.uuid, ids.length, 16 * ids.length);
  let at = head;
  for (const id of ids) {
    array.writeInt32BE(16, at);
    array.write(id.replaceAll('-', ''), at + 4, 'hex');
    at += 20;
  }
  return array;
}

export function int4Array(numbers: readonly number[]): Buffer {
  const array = begun(types.int4, numbers.length, 4 * numbers.length);
  for (const [index, number] of numbers.entries()) {
    array.writeInt32BE(4, head + 8 * index);
    array.writeInt32BE(number, head + 8 * index + 4);
  }
  return array;
}

export function int8Array(numbers: readonly number[]): Buffer {
  const array = begun(types.int8, numbers.length, 8 * numbers.length);
  for (const [index, number] of numbers.entries()) {
    array.writeInt32BE(8, head + 12 * index);
    array.writeBigInt64BE(BigInt(number), head + 12 * index + 4);
  }
  return array;
}

export function textArray(texts: readonly string[]): Buffer {
  return arrayOf(types.text, texts.map((text) => Buffer.from(text)));
}

/** Of JSON texts. */
export function jsonArray(texts: readonly Buffer[]): Buffer {
  return arrayOf(types.json, texts);
}

function arrayOf(type: number, elements: readonly Buffer[]): Buffer {
  const array = begun(type, elements.length, elements.reduce((sum, one) => sum + one.length, 0));
  let at = head;
  for (const element of elements) {
    array.writeInt32BE(element.length, at);
    at += 4 + element.copy(array, at + 4);
  }
  return array;
}

function begun(type: number, length: number, bytes: number): Buffer {
  const array = Buffer.allocUnsafe(head + 4 * length + bytes);
  for (const [index, field] of [1, 0, type, length, 1].entries()) array.writeInt32BE(field, 4 * index);
  return array;
}
