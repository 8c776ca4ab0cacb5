/** The kernel's table of sockets, and versions of Node: what the doctor reads from text. */
import t from 'tap';
import { judgeNode } from '../../../src/cli/doctor/checks/node-version.js';
import { parseListeningSockets } from '../../../src/cli/doctor/listening-sockets.js';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F55 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 00000000:233E 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
   2: 0A01A8C0:1F55 0B01A8C0:D431 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 100 0 0 10 0
   3: 00000000000000000000000000000000:1F55 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4 1
   4: 0000000000000000FFFF00000100007F:1F56 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 5 1
   5: B80D01200000000000000000010000 00:1F55 nonsense`;

t.test(
  'listening sockets are read with their addresses; those of connections and torn lines are left out',
  async (t) => {
    t.same(parseListeningSockets(TABLE), [
      { address: '127.0.0.1', port: 8021 },
      { address: '0.0.0.0', port: 9022 },
      { address: '::', port: 8021 },
      { address: '127.0.0.1', port: 8022 },
    ]);
  },
);

t.test('a Node that is too old is a fault, an odd one a warning', async (t) => {
  t.same(
    ['18.19.0', '20.19.9', '20.20.0', '22.1.0', '23.0.0'].map((version) => judgeNode(version).state),
    ['fault', 'fault', 'ok', 'ok', 'warning'],
  );
});
