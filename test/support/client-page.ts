import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves an empty page that has the client's bundle as `goverse`, from an origin of its own. */
export class ClientPage {
  private constructor(private readonly server: Server) {}

  static async start(bundle: string): Promise<ClientPage> {
    const server = createServer((request, response) => {
      if (request.url === '/client.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(bundle);
      else response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ClientPage(server);
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

const PAGE = `<!doctype html><title>client</title><link rel="icon" href="data:,"><script type="module">
import * as goverse from './client.js';
globalThis.goverse = goverse;
document.title = 'loaded';
</script>`;
