// The real service, as its own process.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const kRoot = resolve(fileURLToPath(import.meta.url), '../../..');
export const kProgram = process.env['FACE_PRIVACY_PROGRAM'] ?? `${kRoot}/build/release/bin/face-privacy`;

export class Service {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(url: string, process: ChildProcess) {
    this.url = url;
    this.#process = process;
  }

  /** Started and ready for photos. `port` 0 is any free one. */
  static async start(options: readonly string[] = [], port = 0): Promise<Service> {
    if (!existsSync(kProgram)) throw new Error(`${kProgram} is missing: make build`);
    const child = spawn(
      kProgram,
      ['serve', '--host', '127.0.0.1', '--port', String(port), '--web', `${kRoot}/web/dist`, ...options],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const url = await new Promise<string>((listening, failed) => {
      const lines = createInterface({ input: child.stdout });
      lines.on('line', (line) => {
        const address = /http:\/\/\S+/.exec(line)?.[0];
        if (address) listening(address);
      });
      child.once('exit', (code) => failed(new Error(`the service ended with ${code}`)));
    });
    const service = new Service(url, child);
    while ((await fetch(`${url}/readyz`)).status !== 200) await new Promise((again) => setTimeout(again, 20));
    return service;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Takes the processor away from it: requests hang. */
  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process.kill('SIGCONT');
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGCONT');
    this.#process.kill(signal);
    await ended;
  }
}
