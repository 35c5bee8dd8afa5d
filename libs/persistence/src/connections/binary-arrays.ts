/**
 * Arrays in the binary form of PostgreSQL, which it reads as they are: a text would be quoted here and unquoted there. Each
 * begins with its dimensions, flags, element type, length and lower bound; an element is its length and its bytes.
 */
const types = { bytea: 17, int4: 23, int8: 20, text: 25, json: 114, uuid: 2950 };
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

/** Of two dimensions; rows that are shorter than the longest end in zeros. */
export function int8Matrix(rows: readonly (readonly number[])[]): Buffer {
  const width = Math.max(0, ...rows.map((row) => row.length));
  if (width === 0) return empty(types.int8);
  const array = Buffer.allocUnsafe(head + 8 + 12 * width * rows.length);
  for (const [index, field] of [2, 0, types.int8, rows.length, 1, width, 1].entries()) array.writeInt32BE(field, 4 * index);
  let at = head + 8;
  for (const row of rows) {
    for (let column = 0; column < width; column += 1) {
      array.writeInt32BE(8, at);
      array.writeBigInt64BE(BigInt(row[column] ?? 0), at + 4);
      at += 12;
    }
  }
  return array;
}

export function textArray(texts: readonly string[]): Buffer {
  return arrayOf(types.text, texts.map((text) => Buffer.from(text)));
}

export function byteaArray(contents: readonly Buffer[]): Buffer {
  return arrayOf(types.bytea, contents);
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

function empty(type: number): Buffer {
  const array = Buffer.alloc(12);
  array.writeInt32BE(type, 8);
  return array;
}

function begun(type: number, length: number, bytes: number): Buffer {
  const array = Buffer.allocUnsafe(head + 4 * length + bytes);
  for (const [index, field] of [1, 0, type, length, 1].entries()) array.writeInt32BE(field, 4 * index);
  return array;
}
