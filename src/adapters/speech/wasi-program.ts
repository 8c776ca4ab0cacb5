/**
 * Runs a command-line program that was built for WASI, in the thread of its caller: it sees one folder as `/job` and
 * nothing else of the machine. Node's own types leave WebAssembly to the browser's, so that what is used is stated here.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { WASI } from 'node:wasi';

interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<object>;
}

function webAssembly(): WebAssemblyApi {
  const api: unknown = Reflect.get(globalThis, 'WebAssembly');
  return api as WebAssemblyApi;
}

/** `args` begin with the program's name. Rejects when it does not end with status 0. */
export async function runWasiProgram(wasmPath: string, args: readonly string[], folder: string): Promise<void> {
  const { compile, instantiate } = webAssembly();
  const silent = openSync('/dev/null', 'w');
  try {
    const wasi = new WASI({
      version: 'preview1',
      args: [...args],
      preopens: { '/job': folder },
      stdout: silent,
      stderr: silent,
      returnOnExit: true,
    });
    const program = await instantiate(await compile(readFileSync(wasmPath)), { ...Object(wasi.getImportObject()) });
    const status: unknown = wasi.start(program);
    if (status !== 0) throw new Error(`${args[0] ?? 'the program'} ended with status ${String(status)}`);
  } finally {
    closeSync(silent);
  }
}
