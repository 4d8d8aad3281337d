// The page as something installed: what is kept of it, what never is, and what a phone shares with it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { foreignForm } from './foreign';
import { made } from './photos';
import { Service } from './service';
import { kPatience, withService } from './visitor';

const { service, visit } = await withService();

const smallPng = () => made('three.png', 3, ['resize', '0.2']);

/** All that the browser keeps for the page, by its path. */
const keptPaths = (page: Page) =>
  page.evaluate(async () => {
    const paths: string[] = [];
    for (const name of await caches.keys()) {
      for (const { url } of await (await caches.open(name)).keys()) paths.push(new URL(url).pathname);
    }
    return paths;
  });

/** The worker answers for the page, and has kept what the page loaded. */
async function installed(page: Page): Promise<void> {
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await expect.poll(() => keptPaths(page), kPatience).toContainEqual(expect.stringMatching(/review-.*\.js$/));
}

/** As the sheet of a phone does it: a form that is posted to where the manifest says. */
async function shareByForm(page: Page): Promise<void> {
  const bytes = smallPng().buffer.toString('base64');
  await page.evaluate(async (base64) => {
    const manifest = await (await fetch('manifest.webmanifest')).json();
    const { action, params } = manifest.share_target;
    const raw = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const files = new DataTransfer();
    files.items.add(new File([raw], 'shared.png', { type: 'image/png' }));
    const form = document.createElement('form');
    Object.assign(form, { action, method: 'POST', enctype: 'multipart/form-data' });
    const input = document.createElement('input');
    Object.assign(input, { type: 'file', name: params.files[0].name });
    input.files = files.files;
    form.append(input);
    document.body.append(form);
    form.submit();
  }, bytes);
}

describe('a second visit', () => {
  it('without a server shows the page, says so in plain words, and goes on once it is back', async () => {
    let own = await Service.start();
    const port = own.port;
    try {
      await visit(own, async ({ page }) => {
        await installed(page);
        await own.stop();
        await page.reload();
        await page.getByText('No connection to the server').waitFor();
        await page.getByRole('button', { name: 'Choose photos' }).waitFor();
        const { name, mimeType, buffer } = smallPng();
        await page.setInputFiles('[data-picker=photos]', [{ name, mimeType, buffer }]);
        own = await Service.start([], port);
        await page.locator('[data-name="three.png"][data-step=done]').waitFor();
        await page.locator('li.card .picture').click();
        await page.locator('.stage').waitFor();
        await page.goBack();
        await expect.poll(() => page.getByText('No connection to the server').count(), kPatience).toBe(0);
      });
    } finally {
      await own.stop();
    }
  });

  it('is the server’s page wherever there is a server', () =>
    visit(service, async ({ page }) => {
      await installed(page);
      await page.reload();
      expect(await page.getByText('No connection to the server').count()).toBe(0);
      expect(await page.locator('html[data-offline]').count()).toBe(0);
    }));
});

describe('what the browser keeps', () => {
  it('is the page’s own files: no photo, no answer of the service', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await installed(page);
      await visitor.add(smallPng());
      await visitor.reach('three.png', 'done');
      await visitor.review('three.png');
      await visitor.settled();
      await visitor.mark(1).click();
      await visitor.settled();
      for (const path of await keptPaths(page)) {
        expect(path).toMatch(/^\/(assets\/[\w.-]+\.(js|css)|favicon\.svg|manifest\.webmanifest)?$/);
      }
      expect(await page.evaluate(() => indexedDB.databases())).toEqual([]);
    }));
});

describe('what a phone shares', () => {
  it('comes to the page as photos, and is kept nowhere on its way', () =>
    visit(
      service,
      async ({ page }) => {
        await installed(page);
        await shareByForm(page);
        // A tab is not what a sheet opens: it is asked who handed them over.
        await page.getByText('1 file was handed to this page from elsewhere').waitFor();
        expect(await page.locator('li.card').count()).toBe(0);
        await page.getByRole('button', { name: 'Add photos' }).click();
        await page.locator('[data-name="shared.png"][data-step=done]').waitFor();
        expect(new URL(page.url()).search).toBe('');
        expect((await keptPaths(page)).filter((path) => path.includes('share'))).toEqual([]);
        // A second look at the address brings nothing a second time, and says so.
        await page.goto(`${service.url}/?shared`);
        await page.getByText('did not arrive').waitFor();
        expect(await page.locator('li.card').count()).toBe(0);
      },
      // The page’s own policy lets no form out; the phone’s sheet is not the page.
      { bypassCSP: true },
    ));

  it('is added without a question where the page was opened as an app', () =>
    visit(
      service,
      async ({ page }) => {
        await installed(page);
        // What a browser that runs no app of its own window can be told of it.
        await page.addInitScript(() => {
          const asked = window.matchMedia.bind(window);
          window.matchMedia = (query) => asked(query === '(display-mode: browser)' ? 'not all' : query);
        });
        await shareByForm(page);
        await page.locator('[data-name="shared.png"][data-step=done]').waitFor();
      },
      { bypassCSP: true },
    ));

  it.each([
    ['and says so is not taken', '', 0],
    [
      'and hides that is asked about, and nothing is sent before',
      '<meta name="referrer" content="no-referrer">',
      1,
    ],
  ])('that comes from another site %s', async (_, head, asked) => {
    const foreign = createServer((_, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end(foreignForm(`${service.url}/share`, head));
    });
    await new Promise<void>((listening) => foreign.listen(0, '127.0.0.1', listening));
    try {
      await visit(service, async (visitor) => {
        const { page } = visitor;
        await installed(page);
        const other = await page.context().newPage();
        const calls: string[] = [];
        other.on('request', (request) => {
          if (request.url().includes('/api/')) calls.push(request.url());
        });
        await other.goto(`http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`);
        await other.getByRole('heading', { level: 1 }).waitFor();
        const question = other.getByText('was handed to this page from elsewhere');
        if (asked > 0) {
          await question.waitFor();
          await other.getByRole('button', { name: 'Leave out' }).click();
        }
        await expect.poll(() => question.count(), kPatience).toBe(0);
        expect(await other.locator('li.card').count()).toBe(0);
        expect(calls).toEqual([]);
      });
    } finally {
      foreign.close();
    }
  });
});
