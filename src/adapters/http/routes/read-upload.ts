/** Reads the form of an upload: one file, and texts. The file's name is the client's: it is looked at and never used. */
import type { FastifyRequest } from 'fastify';
import { Problem, type ProblemFault } from '../problem.js';

export interface Upload {
  readonly fields: Readonly<Record<string, string>>;
  readonly file: Buffer;
}

const PATH_IN_NAME = /[/\\\p{Cc}]|^\.\.?$/u;

function wrong(fault: ProblemFault): Problem {
  const sentence = `${fault.field}: found ${fault.found}, expected ${fault.expected}`;
  return new Problem('wrong-fields', sentence, { faults: [fault] });
}

/** `known` are the texts that the form may have. Throws a Problem that names what is missing or unknown. */
export async function readUpload(request: FastifyRequest, known: readonly string[]): Promise<Upload> {
  const fields: Record<string, string> = {};
  let file: Buffer | null = null;
  for await (const part of request.parts()) {
    if (part.type === 'file') {
      // A stream that nobody reads would hold up the parts behind it.
      const bytes = await part.toBuffer();
      if (part.fieldname !== 'file')
        throw wrong({ field: part.fieldname, found: 'a file', expected: 'the file in the field "file"' });
      if (PATH_IN_NAME.test(part.filename)) {
        throw wrong({ field: 'file', found: 'a path in its name', expected: 'a file name without folders' });
      }
      file = bytes;
    } else if (known.includes(part.fieldname) && typeof part.value === 'string') {
      fields[part.fieldname] = part.value;
    } else {
      const expected = `no field of this name; known are ${[...known, 'file'].join(', ')}`;
      throw wrong({ field: part.fieldname, found: 'a text', expected });
    }
  }
  if (file === null) throw wrong({ field: 'file', found: 'nothing', expected: 'a WAV or MP3 file' });
  return { fields, file };
}
