// WebKit as Debian has it: WebKitGTK's MiniBrowser, led by WebKitWebDriver in the words of W3C WebDriver.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { vi } from 'vitest';

const kDriver = '/usr/bin/WebKitWebDriver';
const kElement = 'element-6066-11e4-a52e-4f735466cecf';
/** ms */
const kPatienceMs = 120_000;

function miniBrowser(): string | undefined {
  const folder = '/usr/lib/x86_64-linux-gnu';
  const versions = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.startsWith('webkit2gtk-'))
    : [];
  return versions.map((name) => `${folder}/${name}/MiniBrowser`).find((path) => existsSync(path));
}

export const hasWebKit = () => existsSync(kDriver) && miniBrowser() !== undefined;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

export class WebKit {
  readonly #driver: ChildProcess;
  readonly #session: string;

  private constructor(driver: ChildProcess, session: string) {
    this.#driver = driver;
    this.#session = session;
  }

  static async start(): Promise<WebKit> {
    const port = await freePort();
    // A screen of its own: it draws on none that anybody sees.
    const driver = spawn('xvfb-run', ['-a', kDriver, `--port=${port}`, '--host=127.0.0.1'], {
      stdio: 'ignore',
      detached: true,
      env: { ...process.env, LIBGL_ALWAYS_SOFTWARE: '1', WEBKIT_DISABLE_DMABUF_RENDERER: '1' },
    });
    const at = `http://127.0.0.1:${port}`;
    await vi.waitFor(() => fetch(`${at}/status`), { timeout: kPatienceMs });
    const options = { binary: miniBrowser(), args: ['--automation'] };
    const timeouts = { implicit: kPatienceMs }; // that an element may take to come
    const answer = await fetch(`${at}/session`, {
      method: 'POST',
      body: JSON.stringify({
        capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options, timeouts } },
      }),
    });
    const { value } = (await answer.json()) as { value: { sessionId?: string } };
    if (!value.sessionId) throw new Error(`no session: ${JSON.stringify(value)}`);
    return new WebKit(driver, `${at}/session/${value.sessionId}`);
  }

  async #ask(path: string, body: unknown): Promise<unknown> {
    const answer = await fetch(this.#session + path, { method: 'POST', body: JSON.stringify(body) });
    const { value } = (await answer.json()) as { value: unknown };
    if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(value)}`);
    return value;
  }

  async open(url: string): Promise<void> {
    await this.#ask('/url', { url });
  }

  /** `script` is the body of a function. */
  run<T>(script: string, ...args: unknown[]): Promise<T> {
    return this.#ask('/execute/sync', { script, args }) as Promise<T>;
  }

  /** Calls the last of its arguments with what comes of it. */
  later<T>(script: string): Promise<T> {
    return this.#ask('/execute/async', { script, args: [] }) as Promise<T>;
  }

  async #find(selector: string): Promise<string> {
    const found = await this.#ask('/element', { using: 'css selector', value: selector });
    return (found as Record<string, string>)[kElement] ?? '';
  }

  async waitFor(selector: string): Promise<void> {
    await this.#find(selector);
  }

  async click(selector: string): Promise<void> {
    await this.#ask(`/element/${await this.#find(selector)}/click`, {});
  }

  async choose(selector: string, file: string): Promise<void> {
    await this.#ask(`/element/${await this.#find(selector)}/value`, { text: file });
  }

  async stop(): Promise<void> {
    await fetch(this.#session, { method: 'DELETE' }).catch(() => undefined);
    // With the screen that was made for it.
    if (this.#driver.pid) process.kill(-this.#driver.pid);
  }
}
