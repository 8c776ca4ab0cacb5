/** The shape of a check: one file each in checks/, run side by side by run-checks.ts. A check that throws is a fault with its sentence. */
import type { DoctorContext } from './doctor-context.js';
import type { Outcome } from './finding.js';
import type { MediaServerQuestions } from './media-server-questions.js';

export interface Check {
  readonly name: string;
  run(context: DoctorContext): Promise<Outcome>;
}

/** Run once for each media server. */
export interface MediaServerCheck {
  readonly name: string;
  run(server: MediaServerQuestions, context: DoctorContext): Promise<Outcome>;
}
