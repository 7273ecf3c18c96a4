/** First byte of a final text message without extensions. Source: RFC 6455, 5.2. */
const FINAL_TEXT = 0x81;

/** A whole text message as a server sends it, unmasked. Texts among the parts are ASCII, bytes are UTF-8. */
export function textFrame(...parts: readonly (string | Uint8Array)[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const frame = Buffer.allocUnsafe(headerLength(length) + length);
  frame[0] = FINAL_TEXT;
  let at = writeLength(frame, length);
  for (const part of parts) {
    if (typeof part === 'string') frame.write(part, at, 'latin1');
    else frame.set(part, at);
    at += part.length;
  }
  return frame;
}

function headerLength(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}

/** The length in 7, 16 or 64 bits; returns where the payload begins. */
function writeLength(frame: Buffer, length: number): number {
  if (length < 126) return frame.writeUInt8(length, 1);
  if (length < 65_536) {
    frame[1] = 126;
    return frame.writeUInt16BE(length, 2);
  }
  frame[1] = 127;
  frame.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
  return frame.writeUInt32BE(length % 2 ** 32, 6);
}
