/**
 * Where the FreeSWITCH half of the embedded switch differs from FreeSWITCH 1.11 on purpose, in one place. Everything else that differs
 * is a fault. `ringpost switch` prints the list at start.
 */
export const FREESWITCH_DIFFERENCES: readonly string[] = [
  'Audio is G.711 (PCMU, PCMA) at 8,000 Hz with telephone-events: no other codec, no video, no SRTP, no ICE.',
  'Its offer has one RTP/AVP stream; FreeSWITCH offers RTP/SAVP beside it.',
  'The event socket binds to loopback only, and the SIP profile answers nobody but this machine.',
  'It places no calls of its own: `originate` answers -ERR and the application `bridge` finds no route.',
  'Conferences mix nothing: audio passes when exactly two members may speak; recording a conference is not there.',
  'Applications: answer, pre_answer, ring_ready, sleep, set, unset, multiset, export, event, log, info, playback, loop_playback, endless_playback, play_and_get_digits, record, record_session, stop_record_session, send_dtmf, flush_dtmf, hangup, park, transfer, sched_hangup, break, socket, conference, eavesdrop. Any other hangs up, as an unknown one does in FreeSWITCH.',
  'API commands: those that drachtio-fsmrf and this app send. Any other (uuid_hold, module_exists, reloadacl, strftime) is answered `Command not found!`, and `show` writes no XML.',
  '`status`, `version`, `sofia status` and `fsctl` speak of the embedded switch, and leave out what it does not have; local_ip_v4 is the address of the profile.',
  'The state CS_CONSUME_MEDIA, through which FreeSWITCH passes now and then on the way into a bridge, does not occur.',
  'A value is expanded once: `set` does not expand its argument a second time, and an expansion calls only the functions cond, create_uuid, global_getvar, hostname, strepoch, strftime and uuid_exists.',
  'loop_playback plays its rounds without a gap and so fires PLAYBACK_START and PLAYBACK_STOP once for all of them.',
  'A file that a command interrupted begins anew, where FreeSWITCH goes on in the middle.',
  'An INVITE beyond max-sessions leaves nothing behind; in FreeSWITCH its session is abandoned after 10 s, and counts until then.',
  '`uuid_record ... pause` writes silence and keeps time, where FreeSWITCH leaves the pause out.',
  '`eavesdrop` obeys no keys, needs both channels in one media thread, and keeps out of every recording of the channel what it speaks to its far end; FreeSWITCH keeps it out of those that began before.',
  'A client of the event socket is cut off at 100,000 queued events, as in FreeSWITCH, and also at 256 MiB.',
  'Responses carry no Max-Forwards, and the answer to OPTIONS inside a dialog no SDP; FreeSWITCH puts both there, and they say nothing.',
  'No dialplan but XML and inline; conditions on time, nested conditions and `regex` are not known.',
];
