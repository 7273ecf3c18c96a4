/** A field that does not hold what it should; the message is for the client. */
export class WrongField extends Error {}

const MAX_UINT32 = 2 ** 32 - 1;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/**
 * Reads the fields of a message as the JSON mapping of proto3 allows them: under their name in lowerCamelCase or that of
 * the .proto file, numbers as numbers or texts, null as absent. Source: https://protobuf.dev/programming-guides/json/
 */
export class JsonFields {
  constructor(
    private readonly object: Readonly<Record<string, unknown>>,
    /** For error messages: `call.` */
    private readonly path: string,
  ) {}

  /** The field as it is; undefined if it is absent. */
  value(name: string): unknown {
    const original = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return Object.hasOwn(this.object, name) ? this.object[name] : this.object[original];
  }

  text(name: string): string {
    const value = this.value(name) ?? '';
    if (typeof value === 'string' && value.isWellFormed()) return value;
    throw new WrongField(`${this.path}${name} must be a text`);
  }

  uint32(name: string): number {
    return this.whole(name, MAX_UINT32);
  }

  /** Numbers of pushes stay below 2^53. */
  uint64(name: string): number {
    return this.whole(name, Number.MAX_SAFE_INTEGER);
  }

  /** The bytes of a base64 text, with the alphabet of URLs or without. */
  static bytes(text: string): Uint8Array | undefined {
    const body = text.replace(/=+$/, '');
    return BASE64.test(text) && body.length % 4 !== 1 ? Buffer.from(body, 'base64') : undefined;
  }

  private whole(name: string, max: number): number {
    const value = this.value(name) ?? 0;
    const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
    if (Number.isInteger(number) && (number as number) >= 0 && (number as number) <= max) return number as number;
    throw new WrongField(`${this.path}${name} must be a whole number from 0 to ${max}`);
  }
}
