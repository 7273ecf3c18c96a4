const VIEWS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
} as const;

export type BinaryName = keyof typeof VIEWS | 'ArrayBuffer';

/** Kind of a binary value; a subclass such as `Buffer` counts as what it extends. */
export function binaryName(value: ArrayBufferView | ArrayBuffer): BinaryName {
  if (!ArrayBuffer.isView(value)) return 'ArrayBuffer';
  return Object.prototype.toString.call(value).slice(8, -1) as keyof typeof VIEWS;
}

export function bytesOf(value: ArrayBufferView | ArrayBuffer): Uint8Array {
  if (!ArrayBuffer.isView(value)) return new Uint8Array(value);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/** A view of that kind on a whole buffer. Throws if there is no such kind or its element size does not divide the length. */
export function viewOf(name: string, buffer: ArrayBufferLike): unknown {
  if (name === 'ArrayBuffer') return buffer;
  if (!Object.hasOwn(VIEWS, name)) throw new TypeError(`${name} is no kind of binary data`);
  const View = VIEWS[name as keyof typeof VIEWS] as new (buffer: ArrayBufferLike) => ArrayBufferView;
  return new View(buffer);
}
