/** All checks of the doctor, in the order in which they are printed. */
import type { Check, MediaServerCheck } from './check.js';
import { checkAdminPorts } from './checks/admin-ports.js';
import { checkBidders } from './checks/bidders.js';
import { checkCampaigns } from './checks/campaigns.js';
import { checkClock } from './checks/clock.js';
import { checkCodecs } from './checks/codecs.js';
import { checkDatabase } from './checks/database.js';
import { checkDatabaseIntegrity } from './checks/database-integrity.js';
import { checkDefaultSecrets } from './checks/default-secrets.js';
import { checkDialplan } from './checks/dialplan.js';
import { checkDids } from './checks/dids.js';
import { checkDisk } from './checks/disk.js';
import { checkDrachtio } from './checks/drachtio.js';
import { checkDrachtioVersion } from './checks/drachtio-version.js';
import { checkEventSocket } from './checks/event-socket.js';
import { checkFaxes } from './checks/faxes.js';
import { checkFileDescriptors } from './checks/file-descriptors.js';
import { checkMail } from './checks/mail.js';
import { checkModules } from './checks/modules.js';
import { checkNodeVersion } from './checks/node-version.js';
import { checkProfile } from './checks/profile.js';
import { checkProfileCall } from './checks/profile-call.js';
import { checkProfileSettings } from './checks/profile-settings.js';
import { checkPromptFolder } from './checks/prompt-folder.js';
import { checkRecogniser } from './checks/recogniser.js';
import { checkRecordingFolder } from './checks/recording-folder.js';
import { checkRtpPorts } from './checks/rtp-ports.js';
import { checkSecureMedia } from './checks/secure-media.js';
import { checkSessionLimits } from './checks/session-limits.js';
import { checkSip } from './checks/sip.js';
import { checkSpeech } from './checks/speech.js';
import { checkTargets } from './checks/targets.js';
import { checkTrunks } from './checks/trunks.js';

export const MACHINE_CHECKS: readonly Check[] = [
  checkNodeVersion,
  checkFileDescriptors,
  checkDisk,
  checkClock,
  checkSpeech,
  checkRecogniser,
  checkMail,
  checkDatabase,
  checkDatabaseIntegrity,
  checkDefaultSecrets,
  checkAdminPorts,
  checkDrachtio,
  checkDrachtioVersion,
  checkSip,
];

export const MEDIA_SERVER_CHECKS: readonly MediaServerCheck[] = [
  checkEventSocket,
  checkProfile,
  checkProfileSettings,
  checkCodecs,
  checkSecureMedia,
  checkRtpPorts,
  checkSessionLimits,
  checkDialplan,
  checkModules,
  checkProfileCall,
  checkPromptFolder,
  checkRecordingFolder,
];

export const CONFIGURATION_CHECKS: readonly Check[] = [
  checkTrunks,
  checkDids,
  checkCampaigns,
  checkTargets,
  checkBidders,
  checkFaxes,
];
