// What goes wrong, caused for real.
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
  const cases: [Upload, string][] = [
    [{ ...whole, name: 'broken.jpg', buffer: whole.buffer.subarray(0, 50_000) }, 'This photo is damaged'],
    [{ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no photo') }, 'This is not a photo'],
    [{ name: 'empty.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(0) }, 'This file is empty'],
    [{ ...demo(6), name: 'large.jpg' }, 'This file is too large'],
  ];

  it('are told apart in plain words, beside those that are', () =>
    withService(['--max-body', '250KiB'], (service) =>
      visit(service, async (visitor) => {
        await visitor.add(...cases.map(([upload]) => upload), whole);
        await visitor.reach(kThreeFaces, 'done');
        for (const [{ name }, words] of cases) {
          await visitor.reach(name, 'failed');
          expect(await visitor.card(name).textContent()).toContain(words);
          expect(await visitor.card(name).getByRole('button', { name: 'Download' }).count()).toBe(0);
        }
        await visitor.page.getByText('4 failed').waitFor();
        expect(await visitor.inaccessible()).toEqual([]);
        await visitor.page.getByRole('button', { name: 'Download 1 ready' }).waitFor();
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
        expect(await page.locator('[data-action=download]').isDisabled()).toBe(true);
        expect(await visitor.inaccessible()).toEqual([]);
        await visitor.back();
        const card = visitor.card(kThreeFaces);
        expect(await card.textContent()).toContain('Your photo is still here');
        expect(await card.getByRole('button', { name: 'Download' }).count()).toBe(0);

        second = await Service.start([], port);
        await card.getByRole('button', { name: 'Try again' }).click();
        await visitor.reach(kThreeFaces, 'done');
        expect(await card.textContent()).toContain('2 of 3 faces covered');
      });
    } finally {
      await first.stop('SIGKILL');
      await second?.stop('SIGKILL');
    }
  });

  it('that stops in good order is waited for', async () => {
    const first = await Service.start();
    let second: Service | undefined;
    try {
      await visit(first, async (visitor) => {
        const { port } = first;
        await first.stop('SIGTERM');
        await visitor.add(demo(3));
        await visitor.reach(kThreeFaces, 'failed');
        second = await Service.start([], port);
        // What the browser says when the line is back.
        await visitor.page.evaluate(() => dispatchEvent(new Event('online')));
        await visitor.reach(kThreeFaces, 'done');
      });
    } finally {
      await first.stop('SIGKILL');
      await second?.stop('SIGKILL');
    }
  });
});
