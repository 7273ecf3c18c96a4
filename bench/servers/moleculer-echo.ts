import { ECHO_SCHEMA, moleculerBroker, tcpTransporter } from '../moleculer.js';

/** Both ends must know each other's address before they start: `moleculer-echo.js <own port> <driver's port>`. */
const [, , port = '', driverPort = ''] = process.argv;
const urls = [`127.0.0.1:${port}/server`, `127.0.0.1:${driverPort}/driver`];
const broker = moleculerBroker('server', tcpTransporter(Number(port), urls));
broker.createService(ECHO_SCHEMA);
await broker.start();
console.log(`ready 127.0.0.1:${port}`);
