import { connect } from 'node:net';

/** How long an answer may take. */
const LIMIT_MS = 60_000;

/** What came back over a socket on which some bytes were sent. */
export interface RawExchange {
  /** Everything so far. */
  readonly text: string;
  /** Resolves when this text has come. */
  until(text: string): Promise<void>;
  /** Everything, once the other side has closed. */
  whole(): Promise<string>;
  close(): void;
}

/** Sends bytes to a TCP port as they are. */
export function rawExchange(address: string, bytes: string | Buffer): RawExchange {
  const [host, port] = address.split(':');
  const socket = connect(Number(port), host);
  let [text, closed] = ['', false];
  let wake = () => {};
  socket.setEncoding('utf8');
  socket.on('data', (piece: string) => {
    text += piece;
    wake();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
    wake();
  });
  socket.write(bytes);
  const until = async (condition: () => boolean, what: string) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      wake();
    }, LIMIT_MS);
    while (!condition() && !closed && !late) await new Promise<void>((resolve) => (wake = resolve));
    clearTimeout(timer);
    if (!condition())
      throw new Error(`No ${what} within ${LIMIT_MS} ms or before the end, only ${JSON.stringify(text)}`);
  };
  return {
    get text() {
      return text;
    },
    until: (wanted) => until(() => text.includes(wanted), JSON.stringify(wanted)),
    whole: async () => {
      await until(() => closed, 'end');
      return text;
    },
    close: () => socket.destroy(),
  };
}
