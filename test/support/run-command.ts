import { execFile } from 'node:child_process';
import { cleanEnvironment } from './clean-environment.js';

const LIMIT_MS = 200_000;
const MAX_OUTPUT_BYTES = 64 * 2 ** 20;

/** Runs a command to its end; resolves with its standard output, rejects with all it printed unless it succeeds. */
export function runCommand(cwd: string, command: string, ...args: string[]): Promise<string> {
  const options = { cwd, env: cleanEnvironment(), timeout: LIMIT_MS, maxBuffer: MAX_OUTPUT_BYTES };
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${error.message}\n${stdout}\n${stderr}`, { cause: error }));
    });
  });
}
