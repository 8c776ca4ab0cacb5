/**
 * Dialects made ready to speak: templates and answer readers are compiled when a dialect is first met and kept as long as
 * its configuration is (by identity, so that a new version of the configuration is compiled anew and the old one goes).
 */
import type { NumberingPlan } from '../../application/ports/numbering-plan.js';
import type { Dialect, RequestShape, ResponseShape } from '../../domain/bidding/bidder.js';
import { type AnswerReader, compileAnswerReader } from './answer-reader.js';
import { type CompiledRequest, compileRequest } from './compiled-request.js';

export interface CompiledStep {
  readonly request: CompiledRequest;
  readonly read: AnswerReader;
}

/** A step that cannot be spoken is a sentence that says why. */
export interface CompiledDialect {
  readonly ping: CompiledStep | string;
  readonly post: CompiledStep | string;
  readonly postNeedsReference: boolean;
}

const REFERENCE = /\{\{\s*bid_ref\s*\}\}/;

export class DialectCompiler {
  readonly #plan: NumberingPlan;
  readonly #defaultCountry: string;
  readonly #compiled = new WeakMap<Dialect, CompiledDialect>();

  constructor(plan: NumberingPlan, defaultCountry: string) {
    this.#plan = plan;
    this.#defaultCountry = defaultCountry;
  }

  compiled(dialect: Dialect): CompiledDialect {
    const known = this.#compiled.get(dialect);
    if (known !== undefined) return known;
    const compiled: CompiledDialect = {
      ping: this.#step('ping', dialect.ping, dialect.pingResponse),
      post: this.#step('post', dialect.post, dialect.postResponse),
      postNeedsReference: dialect.post !== null && REFERENCE.test(JSON.stringify(dialect.post)),
    };
    this.#compiled.set(dialect, compiled);
    return compiled;
  }

  #step(name: string, request: RequestShape | null, response: ResponseShape | null): CompiledStep | string {
    if (request === null || response === null) return `the dialect has no ${name}`;
    try {
      return {
        request: compileRequest(request),
        read: compileAnswerReader(response, this.#plan, this.#defaultCountry),
      };
    } catch (error) {
      return `the ${name} cannot be sent: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}

/** What an operator must change before a dialect can be spoken, a sentence each; for the reader of configuration files. */
export function dialectFaults(dialect: Dialect): readonly string[] {
  const compiler = new DialectCompiler({ toE164: () => null, areaOf: () => null, toNational: () => null }, 'US');
  const { ping, post } = compiler.compiled(dialect);
  const steps = dialect.post === null && dialect.postResponse === null ? [ping] : [ping, post];
  return steps.filter((step) => typeof step === 'string');
}
