// What goes wrong, caused for real.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demo, kThreeFaces, made, type Upload } from './photos';
import { Service } from './service';
import { startBrowser, visitsWith } from './visitor';

let browser: Browser;
const visit = visitsWith(() => browser);

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(() => browser.close());

async function withService(options: string[], does: (service: Service) => Promise<void>): Promise<void> {
  const service = await Service.start(options);
  try {
    await does(service);
  } finally {
    await service.stop('SIGKILL');
  }
}

describe('files that are no good', () => {
  const whole = demo(3);
  const cases: [Upload, string | RegExp][] = [
    [{ ...whole, name: 'broken.jpg', buffer: whole.buffer.subarray(0, 50_000) }, 'This photo is damaged'],
    [{ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no photo') }, 'This is a text'],
    [{ name: 'paper.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7') }, 'This is a PDF'],
    [{ name: 'all.zip', mimeType: '', buffer: Buffer.from('PK\x03\x04\x14\0') }, 'This is an archive'],
    [
      { name: 'logo.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg/>') },
      /This is a drawing \(SVG\)/,
    ],
    [
      { name: 'DSC_1.NEF', mimeType: '', buffer: Buffer.from('MM\0*\0\0\0\x08') },
      'This is a camera’s raw file',
    ],
    [{ name: 'empty.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(0) }, 'This file is empty'],
    [
      { ...demo(6), name: 'large.jpg' },
      /This file is too large.*It has [\d.]+ MB, and the server takes up to 0.2 MB/,
    ],
  ];

  it('are told apart in plain words, beside those that are', () =>
    withService(['--max-body', '250KiB'], (service) =>
      visit(service, async (visitor) => {
        await visitor.add(...cases.map(([upload]) => upload), whole);
        await visitor.reach(kThreeFaces, 'done');
        for (const [{ name }, words] of cases) {
          await visitor.reach(name, 'failed');
          expect(await visitor.card(name).textContent()).toMatch(words);
          expect(await visitor.card(name).getByRole('button', { name: 'Download' }).count()).toBe(0);
        }
        await visitor.page.locator('.sum').getByText(`${cases.length} failed`).waitFor();
        expect(await visitor.inaccessible()).toEqual([]);
        await visitor.page.getByRole('button', { name: 'Download 1 ready' }).waitFor();
        await visitor.page.getByRole('button', { name: `Remove ${cases.length} failed` }).click();
        expect(await visitor.page.locator('[data-name]').count()).toBe(1);
      }),
    ));

  it('with too many pixels are told apart too', () =>
    withService(['--max-pixels', '2000000'], (service) =>
      visit(service, async (visitor) => {
        await visitor.add(demo(3));
        await visitor.reach(kThreeFaces, 'failed');
        expect(await visitor.card(kThreeFaces).textContent()).toContain('This picture is too large');
      }),
    ));

  it('under a wrong name and type are photos all the same', () =>
    withService([], (service) =>
      visit(service, async (visitor) => {
        await visitor.add({ ...demo(3), name: 'photo.txt', mimeType: 'text/plain' });
        await visitor.reach('photo.txt', 'done');
        const { name } = await visitor.download(
          visitor.card('photo.txt').getByRole('button', { name: 'Download' }),
        );
        expect(name).toBe('photo-redacted.jpg');
      }),
    ));
});

describe('a busy server', () => {
  it('is asked again after the time it gave, until every photo is done', () =>
    withService(['--threads', '1', '--queue', '0'], (service) =>
      visit(service, async (visitor) => {
        const waits: number[] = [];
        visitor.page.on('response', (response) => {
          if (response.status() === 429) waits.push(Number(response.headers()['retry-after']));
        });
        const photo = made('a.jpg', 3, ['resize', '0.5']);
        await visitor.add(...Array.from({ length: 6 }, (_, index) => ({ ...photo, name: `${index}.jpg` })));
        await visitor.page
          .getByText(/The server is busy. Trying again in \d+ second/)
          .first()
          .waitFor();
        await visitor.allDone(6);
        expect(waits.length).toBeGreaterThan(0);
        for (const wait of waits) expect(wait).toBeGreaterThan(0);
      }),
    ));
});

describe('a server that does not answer', () => {
  it('lets a photo be cancelled and tried again', () =>
    withService([], (service) =>
      visit(service, async (visitor) => {
        service.freeze();
        await visitor.add(demo(3));
        await visitor.card(kThreeFaces).getByRole('button', { name: 'Cancel' }).click();
        await visitor.reach(kThreeFaces, 'cancelled');
        expect(await visitor.card(kThreeFaces).textContent()).toContain('Stopped');
        service.thaw();
        await visitor.card(kThreeFaces).getByRole('button', { name: 'Try again' }).click();
        await visitor.reach(kThreeFaces, 'done');
      }),
    ));

  it('that is gone keeps the decisions and offers no outdated file; back again, it goes on', async () => {
    const first = await Service.start();
    let second: Service | undefined;
    try {
      await visit(first, async (visitor) => {
        const { page } = visitor;
        await visitor.add(demo(3));
        await visitor.reach(kThreeFaces, 'done');
        await visitor.review(kThreeFaces);
        await visitor.settled();
        const { port } = first;
        await first.stop('SIGKILL');
        await visitor.mark(1).click();
        await page.getByRole('heading', { name: 'The server cannot be reached' }).waitFor();
        await page.getByText(/Trying again in \d+ second/).waitFor();
        expect(await page.locator('[data-action=download]').isDisabled()).toBe(true);
        expect(await visitor.inaccessible()).toEqual([]);
        await visitor.back();
        const card = visitor.card(kThreeFaces);
        expect(await card.textContent()).toContain('The server cannot be reached');
        expect(await card.getByRole('button', { name: 'Download' }).count()).toBe(0);

        second = await Service.start([], port);
        await visitor.reach(kThreeFaces, 'done');
        expect(await card.textContent()).toContain('2 of 3 faces covered');
      });
    } finally {
      await first.stop('SIGKILL');
      await second?.stop('SIGKILL');
    }
  });

  it('in the middle of eight photos is waited for: all come out without a click', async () => {
    const first = await Service.start(['--threads', '1']);
    let second: Service | undefined;
    try {
      await visit(first, async (visitor) => {
        const { port } = first;
        const photo = made('a.jpg', 3, ['resize', '0.5']);
        await visitor.add(...Array.from({ length: 8 }, (_, index) => ({ ...photo, name: `${index}.jpg` })));
        await visitor.reach('0.jpg', 'done');
        await first.stop('SIGTERM');
        await visitor.page
          .getByText(/Trying again in \d+ second/)
          .first()
          .waitFor();
        second = await Service.start([], port);
        await visitor.allDone(8);
      });
    } finally {
      await first.stop('SIGKILL');
      await second?.stop('SIGKILL');
    }
  });

  it('is told of after a while, in the review too, where the photo can be given up', () =>
    withService([], (service) =>
      visit(service, async (visitor) => {
        await visitor.add(demo(3));
        await visitor.reach(kThreeFaces, 'done');
        await visitor.review(kThreeFaces);
        await visitor.settled();
        service.freeze();
        await visitor.mark(1).click();
        await visitor.page.getByRole('heading', { name: 'The server takes long to answer' }).waitFor();
        await visitor.page.getByRole('button', { name: 'Cancel' }).click();
        await visitor.page.getByRole('heading', { name: 'Stopped' }).waitFor();
        service.thaw();
        await visitor.page.getByRole('button', { name: 'Try again' }).click();
        await visitor.settled();
      }),
    ));
});

describe('a server that asks for a key', () => {
  it('gets it from the page, which keeps it for the visit', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'face-privacy-keys-'));
    const file = join(folder, 'keys.txt');
    writeFileSync(file, `page ${createHash('sha256').update('open sesame').digest('hex')}\n`);
    try {
      await withService(['--api-keys', file], (service) =>
        visit(service, async (visitor) => {
          const { page } = visitor;
          await visitor.add(demo(3));
          await page.getByRole('heading', { name: 'This server asks for a key' }).waitFor();
          expect(await visitor.inaccessible()).toEqual([]);
          await page.getByLabel('Key', { exact: true }).fill('wrong');
          await page.getByRole('button', { name: 'Use this key' }).click();
          await page.getByText('The server did not take this key.').waitFor();
          await page.getByLabel('Key', { exact: true }).fill('open sesame');
          await page.keyboard.press('Enter');
          await visitor.reach(kThreeFaces, 'done');
          page.on('dialog', (dialog) => void dialog.accept());
          await page.reload();
          await visitor.add(demo(3));
          await visitor.reach(kThreeFaces, 'done');
        }),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
