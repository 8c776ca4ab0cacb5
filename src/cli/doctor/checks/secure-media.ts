/** Whether FreeSWITCH offers plain RTP alone: with SRTP beside it an offer has two audio lines, which plain trunks refuse. */
import type { MediaServerCheck } from '../check.js';
import { fault, ok, quoted, warning } from '../finding.js';

export const checkSecureMedia: MediaServerCheck = {
  name: 'secure-media',
  async run(server) {
    const value = (await server.ask('global_getvar rtp_secure_media')).trim();
    if (value === 'forbidden') return ok('offers have one line of plain RTP (rtp_secure_media is forbidden)');
    if (value === '' || value.startsWith('-ERR')) {
      return fault(
        'rtp_secure_media is not set: the offer to a buyer has SRTP before RTP, which plain trunks refuse',
        'start FreeSWITCH with freeswitch-conf/, or set the global variable rtp_secure_media=forbidden',
      );
    }
    return warning(
      `rtp_secure_media is "${quoted(value, 40)}": offers to buyers have SRTP in them`,
      'unset RINGPOST_FS_SECURE_MEDIA unless all trunks and all buyers take SRTP',
    );
  },
};
