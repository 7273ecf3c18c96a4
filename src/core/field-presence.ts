import protobuf from 'protobufjs';

/** True if a single field knows whether it was set: messages, `optional`, members of a `oneof`, most of proto2. */
export function tracksPresence(field: protobuf.FieldBase): boolean {
  return field.resolvedType instanceof protobuf.Type || !!(field as { hasPresence?: unknown }).hasPresence;
}
