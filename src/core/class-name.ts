/** Class of an instance of a user's class, by name; undefined for plain data and for what the language itself offers. */
export function classNameOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || prototype === Object.prototype) return undefined;
  const constructor: unknown = prototype.constructor;
  if (typeof constructor !== 'function' || constructor.name === '') return undefined;
  return (globalThis as Record<string, unknown>)[constructor.name] === constructor ? undefined : constructor.name;
}
