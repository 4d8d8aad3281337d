// The way from a photo to its download, in the browsers that the other tests do not use: Firefox, which
// Playwright leads by WebDriver BiDi, and WebKit.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firefox, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { made } from './photos';
import { Service } from './service';
import { compared, kPatience, startBrowser, Visitor } from './visitor';
import { hasWebKit, WebKit } from './webkit';

const kFirefox = process.env['FIREFOX'] ?? '/usr/bin/firefox-esr';

let chromium: Browser;
let service: Service;
const folder = mkdtempSync(join(tmpdir(), 'face-privacy-browsers-'));

beforeAll(async () => {
  [chromium, service] = await Promise.all([startBrowser(), Service.start()]);
});

afterAll(async () => {
  await Promise.all([chromium.close(), service.stop()]);
  rmSync(folder, { recursive: true });
});

const smallPng = () => made('three.png', 3, ['resize', '0.4']);
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The first face is left, the other two are covered. */
async function checkDownload(bytes: Buffer, boxes: readonly Box[]): Promise<void> {
  const { inside } = await compared(chromium, smallPng().buffer, bytes, boxes);
  expect(inside.map(({ most }) => most > 0)).toEqual([false, true, true]);
  for (const face of inside.slice(1)) expect(face.mean).toBeGreaterThan(8);
}

describe.skipIf(!existsSync(kFirefox))('Firefox', () => {
  it('uploads, reviews, draws and downloads', async () => {
    const downloads = join(folder, 'firefox');
    const browser = await firefox.launch({
      channel: 'moz-firefox',
      executablePath: kFirefox,
      downloadsPath: downloads,
    });
    try {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      const visitor = new Visitor(await context.newPage(), service.url);
      const { page } = visitor;
      await visitor.open();
      const photo = join(folder, 'three.png');
      writeFileSync(photo, smallPng().buffer);
      await page.setInputFiles('[data-picker=photos]', [photo]);
      await visitor.reach('three.png', 'done');
      await visitor.review('three.png');
      await visitor.settled();
      await visitor.mark(1).click();
      await page.getByText('2 of 3 faces covered').waitFor();
      await visitor.settled();
      const boxes = await Promise.all([1, 2, 3].map((number) => visitor.boxOf(visitor.mark(number))));
      // Playwright does not hear of downloads whose address is a blob's; the file comes all the same.
      await page.locator('[data-action=download]').click();
      const saved = () =>
        (existsSync(downloads) ? readdirSync(downloads) : []).filter((name) => name.endsWith('.png'));
      await expect.poll(saved, kPatience).toHaveLength(1);
      await checkDownload(readFileSync(join(downloads, saved()[0] ?? '')), boxes);

      await page.keyboard.press('f');
      await visitor.draw([0.1, 0.8], [0.4, 0.9]);
      await page.getByText('3 of 4 areas covered').waitFor();
      await visitor.settled();
      await page.getByRole('radio', { name: 'Compare' }).check();
      await page.getByRole('slider', { name: 'Share of the original shown' }).press('ArrowRight');
      expect(await visitor.faults()).toEqual([]);
      expect(await visitor.inaccessible()).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});

describe.skipIf(!hasWebKit())('WebKit', () => {
  it('uploads, reviews and downloads', async () => {
    const photo = join(folder, 'three.png');
    writeFileSync(photo, smallPng().buffer);
    const browser = await WebKit.start();
    try {
      await browser.open(service.url);
      await browser.waitFor('[data-picker=photos]');
      await browser.run(`
        window.faults = [];
        addEventListener('securitypolicyviolation', (event) => faults.push(event.violatedDirective));
        addEventListener('error', (event) => faults.push(event.message));
        // What goes to the disk is what its address holds; the page's policy lets nobody fetch that.
        const blobs = new Map();
        const make = URL.createObjectURL;
        URL.createObjectURL = (blob) => {
          const url = make.call(URL, blob);
          blobs.set(url, blob);
          return url;
        };
        addEventListener('click', (event) => {
          const link = event.target.closest?.('a[download]');
          if (link) window.saved = { name: link.download, blob: blobs.get(link.href) };
        }, true);
      `);
      await browser.choose('[data-picker=photos]', photo);
      await browser.waitFor('li.card[data-step=done]');
      await browser.click('li.card .picture');
      await browser.waitFor('[data-action=download]:enabled');
      await browser.click('.stage .mark');
      await browser.waitFor('.stage .mark.left');
      await browser.waitFor('.state[data-step=done]');
      await browser.waitFor('[data-action=download]:enabled');
      const boxes = await browser.run<Box[]>(`
        const picture = document.querySelector('.stage .picture');
        const frame = picture.getBoundingClientRect();
        const scale = picture.offsetWidth / frame.width;
        return [...document.querySelectorAll('.stage .mark .line')].map((line) => {
          const { left, top, width, height } = line.getBoundingClientRect();
          return { x: (left - frame.left) * scale, y: (top - frame.top) * scale,
                   width: width * scale, height: height * scale };
        });`);
      await browser.click('[data-action=download]');
      const saved = await browser.later<{ name: string; base64: string }>(`
        const done = arguments[arguments.length - 1];
        const { name, blob } = window.saved;
        blob.arrayBuffer().then((bytes) => {
          let text = '';
          for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
          done({ name, base64: btoa(text) });
        }, (error) => done({ name: String(error), base64: '' }));`);
      expect(saved.name).toBe('three-redacted.png');
      await checkDownload(Buffer.from(saved.base64, 'base64'), boxes);
      expect(await browser.run('return window.faults')).toEqual([]);
    } finally {
      await browser.stop();
    }
  });
});
