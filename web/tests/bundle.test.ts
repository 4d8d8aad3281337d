// @vitest-environment node
// What a first visit loads, and what the files themselves promise.
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { kContentSecurityPolicy } from '../content-security-policy';

/** Of script and style together, compressed: what a phone waits for. */
const kMostBytes = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'face-privacy-page-'));
const files = new Map<string, Buffer>();

beforeAll(async () => {
  // As it is handed out: under the tests' own setting, libraries carry their checks for developers.
  vi.stubEnv('NODE_ENV', 'production');
  await build({ build: { outDir: folder, emptyOutDir: true }, logLevel: 'error' });
  vi.unstubAllEnvs();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (statSync(path).isFile() && !/\.(gz|br)$/.test(name)) files.set(name, readFileSync(path));
  }
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true }));

function page(): string {
  return files.get('index.html')?.toString() ?? '';
}

describe('the built page', () => {
  it('is at first less than 60 kB of script and style, compressed', () => {
    const first = page().match(/assets\/[\w.-]+\.(js|css)/g) ?? [];
    const bytes = first.reduce((sum, name) => sum + gzipSync(files.get(name) ?? '', { level: 6 }).length, 0);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThan(kMostBytes);
  });

  it('is at first one script and one style: on a slow line each further file is waited for', () => {
    expect(page().match(/assets\/[\w.-]+\.js/g)).toHaveLength(1);
    expect(page().match(/assets\/[\w.-]+\.css/g)).toHaveLength(1);
  });

  it('carries its policy', () => {
    expect(page().replaceAll('&#39;', "'")).toContain(`content="${kContentSecurityPolicy}"`);
  });

  it('has nothing in line that the policy would stop', () => {
    expect(page()).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i);
    for (const script of page().match(/<script[^>]*>/g) ?? []) expect(script).toContain('src="./');
  });

  it('names no other origin', () => {
    for (const [name, file] of files) {
      const addresses = file.toString().match(/https?:\/\/[\w.-]+/g) ?? [];
      // Names of XML vocabularies, and where libraries explain their error texts: never fetched.
      const known = ['http://www.w3.org', 'https://svelte.dev', 'https://github.com'];
      const others = addresses.filter((address) => !known.includes(address));
      expect(others, name).toEqual([]);
    }
  });

  it('can be served from any folder', () => {
    expect(page()).not.toMatch(/(src|href)="\//);
  });

  it('has no source map and no data: address', () => {
    for (const [name, file] of files) {
      expect(name).not.toMatch(/\.map$/);
      expect(file.toString()).not.toMatch(/url\(["']?data:/);
    }
  });
});
