/**
 * Ports for programs that must be told theirs (SIPp, baresip) and for servers that a test kills and starts again on the same one. A free port
 * that was merely looked up belongs to whoever binds next: other programs' connections get theirs from the same range. So these lie below the
 * ephemeral ports and the ports for RTP, and whoever takes one holds a token until he ends, by which two test files never get the same.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

const FIRST_PORT = 10_000;
const PAIRS = 3_000;
/** Nothing else binds to it: a socket here is the token of the port with the same number. */
const TOKEN_ADDRESS = '127.0.99.1';

/** Held until the process ends, and no port comes twice: a late packet of an earlier call meets nobody. */
const tokens: UdpSocket[] = [];
let next = Math.floor(Math.random() * PAIRS);

async function bindUdp(port: number, address: string): Promise<UdpSocket | null> {
  const socket = createSocket('udp4');
  const bound = once(socket, 'listening').then(
    () => true,
    () => false,
  );
  socket.bind({ port, address });
  if (await bound) return socket;
  socket.close();
  return null;
}

async function isUdpFree(port: number, address: string): Promise<boolean> {
  const socket = await bindUdp(port, address);
  if (socket === null) return false;
  socket.close();
  await once(socket, 'close');
  return true;
}

async function isTcpFree(port: number, address: string): Promise<boolean> {
  const server = createServer();
  const listening = once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.listen({ port, host: address });
  if (!(await listening)) return false;
  server.close();
  await once(server, 'close');
  return true;
}

async function isPairFree(port: number, address: string): Promise<boolean> {
  return (await isUdpFree(port, address)) && (await isTcpFree(port, address)) && (await isTcpFree(port + 1, address));
}

/** An even port of this address, free for UDP and TCP; that above it, where baresip has its TLS, is free for TCP. */
export async function reservePort(address = '127.0.0.1'): Promise<number> {
  for (let looked = 0; looked < PAIRS; looked += 1) {
    const port = FIRST_PORT + 2 * (next % PAIRS);
    next += 1;
    const token = await bindUdp(port, TOKEN_ADDRESS);
    if (token === null) continue;
    if (await isPairFree(port, address)) {
      tokens.push(token.unref());
      return port;
    }
    token.close();
  }
  throw new Error(`no port from ${FIRST_PORT} on is free`);
}
