/** The drachtio half of the embedded switch alone, in a process of its own that can be killed and started again: see killable-drachtio.ts. */
import { createDrachtioServer } from '../../../src/embedded/drachtio/drachtio-server.js';

const [sipPort = '0', controlPort = '0', secret = ''] = process.argv.slice(2);

const server = await createDrachtioServer({
  sipListeners: [{ transport: 'udp', address: '127.0.0.1', port: Number(sipPort) }],
  controlHost: '127.0.0.1',
  controlPort: Number(controlPort),
  secret,
});
process.send?.({ sipPort: server.sipAddresses[0]?.port, controlPort: server.controlPort });
process.on('disconnect', () => process.exit());
