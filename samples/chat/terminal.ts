import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { GoverseClient } from 'nestjs-goverse/client';
import { RoomMembership } from './room-membership.js';
import { HELP, TerminalChat } from './terminal-chat.js';
import { TerminalScreen } from './terminal-screen.js';

const USAGE = `usage: npm run chat -- [--gate <host:port>]... [--room <name>] [--user <name>]

  --gate   address of a gate; several are tried in turn (default 127.0.0.1:49000)
  --room   name of the room (default lobby)
  --user   your name (default the one you are logged in with)

In the room:
${HELP.map((line) => `  ${line}`).join('\n')}
`;

interface Settings {
  readonly gates: string[];
  readonly room: string;
  readonly user: string;
}

function readSettings(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      gate: { type: 'string', multiple: true, default: ['127.0.0.1:49000'] },
      room: { type: 'string', default: 'lobby' },
      user: { type: 'string', default: userInfo().username },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return { gates: values.gate.map((gate) => `grpc://${gate}`), room: values.room, user: values.user.trim() };
}

/** Connects, joins, does what the lines say, and leaves; whatever ends it first. */
async function chat({ gates, room, user }: Settings): Promise<void> {
  const client = await GoverseClient.connect(gates);
  const screen = new TerminalScreen();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => screen.close());
  const terminal = new TerminalChat(user, (line) => screen.print(line));
  const membership = new RoomMembership(client, room, user, terminal);
  try {
    terminal.welcome(room, await membership.join());
    for await (const line of screen.lines()) {
      if (!(await terminal.obey(line, membership))) break;
    }
    // Without a connection there is nobody to tell; the room learns it from the push that finds no client.
    if (client.state === 'connected') await membership.leave();
  } finally {
    screen.close();
    await client.close();
  }
}

try {
  const settings = readSettings();
  if (settings) await chat(settings);
  else process.stdout.write(USAGE);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
