/** The switch as modesl 1.2.1 sees it: login, subscription, commands inside a channel, digits. */
import modesl, { type EslEvent } from 'modesl';
import t from 'tap';
import { createRig, PASSWORD } from './freeswitch-rig.js';

t.test('modesl logs in, subscribes and collects digits on two calls at once over one socket', async (t) => {
  const rig = await createRig(t);
  const connection = new modesl.Connection('127.0.0.1', rig.freeswitch.eventSocketPort, PASSWORD);
  t.teardown(() => connection.socket?.destroy());
  await new Promise<void>((resolve) => connection.once('esl::ready', resolve));
  const own = await rig.login();
  const legs = await Promise.all([1, 2].map(() => rig.leg({ extension: 'caller' })));
  await Promise.all(legs.map((leg) => leg.call()));
  await Promise.all(legs.map((leg) => own.custom('ringpost::greeted', (event) => event['Unique-ID'] === leg.uuid)));
  const results = legs.map((leg, index) => collect(connection, leg.uuid, `job-${index}`));
  for (const [index, leg] of legs.entries()) {
    await own.event('CHANNEL_EXECUTE', leg.uuid, (event) => event.Application === 'play_and_get_digits');
    leg.phone.sendDtmf(index === 0 ? '12#' : '3#');
  }
  const [first, second] = await Promise.all(results);
  t.equal(first?.getHeader('variable_got'), '12');
  t.equal(first?.getHeader('variable_read_result'), 'success');
  t.equal(first?.getHeader('variable_read_terminator_used'), '#');
  t.equal(second?.getHeader('variable_got'), '3');
});

t.test('digits that do not match or do not come are reported as failure', async (t) => {
  const rig = await createRig(t);
  const own = await rig.login();
  const leg = await rig.leg({ extension: 'caller' });
  await leg.call();
  await own.custom('ringpost::greeted');
  await own.execute(
    leg.uuid,
    'play_and_get_digits',
    '1 1 1 1000 # silence_stream://60000 silence_stream://20 got [56] 300',
  );
  await own.event('CHANNEL_EXECUTE', leg.uuid, (event) => event.Application === 'play_and_get_digits');
  leg.phone.sendDtmf('7');
  const wrong = await own.event(
    'CHANNEL_EXECUTE_COMPLETE',
    leg.uuid,
    (event) => event.Application === 'play_and_get_digits',
  );
  t.equal(wrong.variable_got, undefined);
  t.equal(wrong.variable_got_invalid, '7');
  await own.execute(
    leg.uuid,
    'play_and_get_digits',
    '1 1 1 1000 # silence_stream://20 silence_stream://20 got [56] 300',
  );
  const none = await own.event(
    'CHANNEL_EXECUTE_COMPLETE',
    leg.uuid,
    (event) => event.Application === 'play_and_get_digits',
  );
  t.equal(none.variable_got, undefined);
  t.equal(none.variable_read_result, 'failure');
});

/** Runs `play_and_get_digits` by `sendmsg` and waits for the completion that carries its own id. */
function collect(connection: InstanceType<typeof modesl.Connection>, uuid: string, id: string): Promise<EslEvent> {
  const completed = new Promise<EslEvent>((resolve) => {
    const listen = (event: EslEvent): void => {
      if (event.getHeader('Application-UUID') !== id) return;
      connection.removeListener(`esl::event::CHANNEL_EXECUTE_COMPLETE::${uuid}`, listen);
      resolve(event);
    };
    connection.on(`esl::event::CHANNEL_EXECUTE_COMPLETE::${uuid}`, listen);
  });
  const lines = [
    `sendmsg ${uuid}`,
    'call-command: execute',
    'execute-app-name: play_and_get_digits',
    'execute-app-arg: 1 4 1 5000 # silence_stream://60000 silence_stream://20 got \\d+ 3000',
    `Event-UUID: ${id}`,
  ];
  connection.sendRecv(lines.join('\n'), () => {});
  return completed;
}
