import protobuf from 'protobufjs';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads serialised messages as protocol buffers wants it: protobufjs itself takes texts that end before their length says,
 * or that are no UTF-8.
 */
export class StrictReader extends protobuf.Reader {
  override string(): string {
    return utf8.decode(this.bytes());
  }
}
