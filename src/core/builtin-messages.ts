import protobuf from 'protobufjs';

/** Messages that every process knows without registration (wire.md, "Values in google.protobuf.Any"). */
const root = new protobuf.Root();
for (const name of ['any', 'empty', 'struct', 'wrappers']) {
  root.addJSON(protobuf.common.get(`google/protobuf/${name}.proto`)?.nested ?? {});
}
// proto/goverse.proto; declared here too so that reading a value needs no file.
root.define('goverse').addJSON({
  JsonMessage: { fields: { type: { type: 'string', id: 1 }, json: { type: 'bytes', id: 2 } } },
});
root.resolveAll();

/** The built-in message type of that full name, e.g. `google.protobuf.Int32Value`. */
export function builtinMessage(fullName: string): protobuf.Type {
  return root.lookupType(fullName);
}
