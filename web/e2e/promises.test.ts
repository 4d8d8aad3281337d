// What the page promises whoever works with it: what is drawn is what is covered, every format can be
// reviewed, no work is lost, no name does harm, and the focus is never lost.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BrowserContextOptions } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { made, turned, unzipped, withoutFaces, type Upload } from './photos';
import { compared, grown, kPatience, type Visitor, withService } from './visitor';

const { browser, service, visit } = await withService();

/** Small enough to be quick; PNG, so that what is not covered can be compared to the last bit. */
const smallPng = () => made('three.png', 3, ['resize', '0.4']);
/** Nine times the same three faces, in three rows: as many as in a group photo. */
const crowd = () => made('crowd.jpg', 3, ['resize', '0.25'], ['replicate', '3', '3']);
const kPhone: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  hasTouch: true,
  isMobile: true,
};

async function reviewing(visitor: Visitor, photo: Upload): Promise<void> {
  await visitor.add(photo);
  await visitor.reach(photo.name, 'done');
  await visitor.review(photo.name);
  await visitor.settled();
}

async function zoomIn(visitor: Visitor, steps: number): Promise<void> {
  await visitor.page.locator('.stage').focus();
  for (let step = 0; step < steps; step += 1) await visitor.page.keyboard.press('+');
}

const focused = (visitor: Visitor) => visitor.page.evaluate(() => document.activeElement?.tagName ?? 'BODY');

describe('what is drawn is what is covered', () => {
  it('zoomed in, after another box was removed', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await reviewing(visitor, crowd());
      await zoomIn(visitor, 5);
      await page.getByRole('radio', { name: 'Draw' }).check();
      const stage = await page.locator('.stage').boundingBox();
      if (!stage) throw new Error('no stage');
      const draw = async () => {
        await page.mouse.move(stage.x + 200, stage.y + 300);
        await page.mouse.down();
        await page.mouse.move(stage.x + 320, stage.y + 380, { steps: 6 });
        await page.mouse.up();
        return page.locator('.mark.drawn .line').last().boundingBox();
      };
      await draw();
      await page
        .locator('aside')
        .getByRole('button', { name: /^Remove Box/ })
        .click();
      expect(await focused(visitor), 'the focus stays in the list').toBe('BUTTON');
      const box = await draw();
      expect(box?.x).toBeCloseTo(stage.x + 200, -1);
      expect(box?.y).toBeCloseTo(stage.y + 300, -1);
      expect(await page.locator('.stage').evaluate((one) => [one.scrollLeft, one.scrollTop])).toEqual([0, 0]);
    }));

  it('to its edges and no farther, in the file', () =>
    visit(service, async (visitor) => {
      const photo = withoutFaces();
      await reviewing(visitor, photo);
      await visitor.page.getByRole('button', { name: 'Draw a box' }).click();
      // A strip, as over a line of names.
      await visitor.draw([0.1, 0.8], [0.9, 0.86]);
      await visitor.settled();
      const box = await visitor.boxOf(visitor.mark(1));
      const { bytes } = await visitor.downloadReviewed();
      const around = { x: box.x - 4, y: box.y - 4, width: box.width + 8, height: box.height + 8 };
      const { inside, outside } = await compared(browser, photo.buffer, bytes, [around]);
      expect(outside.most).toBe(0);
      expect(inside[0]?.mean).toBeGreaterThan(1);
      const corner = { x: box.x + 1, y: box.y + 1, width: 20, height: box.height - 2 };
      const corners = await compared(browser, photo.buffer, bytes, [corner]);
      expect(corners.inside[0]?.mean, 'its corners too').toBeGreaterThan(0.5);
    }));

  it('whatever is selected: a click on a box, or on a face while one draws, reveals nothing', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await reviewing(visitor, smallPng());
      await page.getByRole('radio', { name: 'Draw' }).check();
      await visitor.draw([0.05, 0.75], [0.2, 0.95]);
      const drawn = page.locator('.mark.drawn');
      await drawn.click();
      await visitor.mark(1).click();
      await page.getByRole('radio', { name: 'Review' }).check();
      await drawn.click();
      expect(await drawn.getAttribute('aria-pressed')).toBe('true');
      await visitor.settled();
      const state = await page.locator('.view .state').textContent();
      expect(state).toContain('4 areas covered');
      expect(state, 'none of them is left').not.toContain('of 4');
    }));

  it('and a face that was found can be moved and sized as well', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await reviewing(visitor, smallPng());
      await page.getByRole('radio', { name: 'Draw' }).check();
      await visitor.mark(1).click();
      const line = await visitor.mark(1).locator('.line').boundingBox();
      if (!line) throw new Error('no box');
      await page.mouse.move(line.x + line.width, line.y + line.height);
      await page.mouse.down();
      await page.mouse.move(line.x + line.width + 40, line.y + line.height + 30, { steps: 4 });
      await page.mouse.up();
      const sized = await visitor.mark(1).locator('.line').boundingBox();
      expect((sized?.width ?? 0) - line.width).toBeCloseTo(40, -1);
      await visitor.settled();
      await page.keyboard.press('Control+z');
      expect((await visitor.mark(1).locator('.line').boundingBox())?.width).toBeCloseTo(line.width, 0);
    }));

  it('a face that is left is said to be, and covered again by one press', () =>
    visit(service, async (visitor) => {
      await reviewing(visitor, smallPng());
      await visitor.mark(1).click();
      await visitor.page.getByText('Face 1 is left visible').waitFor();
      await visitor.page.locator('[data-action=undo-toast]').click();
      await visitor.page.locator('.view .state').getByText('3 faces covered').waitFor();
      await visitor.settled();
    }));

  it('a face that is left between covered ones is seen', () =>
    visit(service, async (visitor) => {
      const photo = smallPng();
      await reviewing(visitor, photo);
      // A neighbor so close that its ellipse would reach into the face.
      const face = await visitor.boxOf(visitor.mark(2));
      const picture = { width: 768, height: 540 };
      await visitor.page.getByRole('radio', { name: 'Draw' }).check();
      const across = (x: number) => x / picture.width;
      const down = (y: number) => y / picture.height;
      await visitor.draw(
        [across(face.x - 70), down(face.y)],
        [across(face.x - 6), down(face.y + face.height)],
      );
      await visitor.page.getByRole('radio', { name: 'Review' }).check();
      await visitor.mark(2).click();
      await visitor.settled();
      const { bytes } = await visitor.downloadReviewed();
      const { inside } = await compared(browser, photo.buffer, bytes, [grown(face, -0.05)]);
      expect(inside[0]?.most).toBe(0);
    }));

  it('shows at once, long before the server’s bytes are there', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await reviewing(visitor, smallPng());
      service.freeze();
      try {
        const hole = page.locator('.picture .hole');
        const patch = page.locator('.picture .patch');
        await visitor.mark(1).click();
        await hole.waitFor();
        expect(await hole.count()).toBe(1);
        await visitor.mark(1).click();
        await expect.poll(() => hole.count(), kPatience).toBe(0);
        await page.getByRole('radio', { name: 'Draw' }).check();
        await visitor.draw([0.05, 0.75], [0.2, 0.95]);
        await patch.waitFor();
        expect(await page.locator('[data-action=download]').isDisabled()).toBe(true);
      } finally {
        service.thaw();
      }
      await visitor.settled();
      await expect.poll(() => page.locator('.picture .patch').count(), kPatience).toBe(0);
    }));
});

describe('a decision costs little', () => {
  it('draws the one piece that it changes, from pixels that are there, and decodes nothing', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await reviewing(visitor, smallPng());
      // The pieces in the list are there: so are the pixels.
      await page.locator('[data-mark] canvas').first().waitFor();
      await page.evaluate(() => {
        const work: string[] = [];
        Object.assign(window, { work });
        const { drawImage } = CanvasRenderingContext2D.prototype;
        CanvasRenderingContext2D.prototype.drawImage = function (source: unknown, ...where: unknown[]) {
          work.push(`drawn from ${(source as object).constructor.name}`);
          Reflect.apply(drawImage, this, [source, ...where]);
        };
        const decode = window.createImageBitmap;
        window.createImageBitmap = (...photo: unknown[]) => {
          work.push('decoded');
          return Reflect.apply(decode, window, photo) as Promise<ImageBitmap>;
        };
        new MutationObserver((changes) => {
          const added = changes.flatMap(({ addedNodes }) => [...addedNodes]);
          if (added.some((node) => node instanceof Element && node.matches('img, :has(img)'))) {
            work.push('an image');
          }
        }).observe(document.body, { childList: true, subtree: true });
      });
      const work = () => page.evaluate(() => (window as unknown as { work: string[] }).work.splice(0));
      service.freeze();
      try {
        await visitor.mark(1).click();
        await page.locator('.picture .hole').waitFor();
        expect(await work()).toEqual(['drawn from ImageBitmap']);
        await visitor.mark(1).click();
        await expect.poll(() => page.locator('.picture .hole').count(), kPatience).toBe(0);
        expect(await work()).toEqual([]);
      } finally {
        service.thaw();
      }
    }));
});

describe('what a decision shows', () => {
  it('stays on the screen until the server’s picture takes its place', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await reviewing(visitor, smallPng());
      await page.locator('[data-mark] canvas').first().waitFor();
      // The picture is there and cannot be shown yet, as a large one for a moment.
      await page.evaluate(() => {
        const decode = HTMLImageElement.prototype.decode;
        const held = new Promise<void>((release) => Object.assign(window, { release }));
        HTMLImageElement.prototype.decode = function () {
          return held.then(() => decode.call(this));
        };
      });
      const hole = page.locator('.picture .hole');
      await visitor.mark(1).click();
      await hole.waitFor();
      await visitor.settled();
      expect(await hole.count()).toBe(1);
      await page.evaluate(() => (window as unknown as { release: () => void }).release());
      await expect.poll(() => hole.count(), kPatience).toBe(0);
    }));
});

describe('no work is lost', () => {
  it('by a double click on the way back, by the skip link, by the way forward', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await reviewing(visitor, smallPng());
      const { url } = service;
      await page.getByRole('link', { name: 'Skip to the photos' }).focus();
      await page.keyboard.press('Enter');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
      expect(await page.locator('.stage').count()).toBe(1);
      await page.getByRole('button', { name: 'Back to all photos' }).dblclick();
      await page.locator('#photos-heading').waitFor();
      expect(page.url()).toBe(`${url}/`);
      await page.goForward();
      await page.getByRole('heading', { level: 1, name: 'three.png' }).waitFor();
    }));

  it('by a reload: it is asked while anything is in work', () =>
    visit(service, async (visitor) => {
      await reviewing(visitor, smallPng());
      service.freeze();
      let asked = 0;
      visitor.page.on('dialog', (dialog) => {
        asked += 1;
        void dialog.dismiss();
      });
      await visitor.mark(1).click();
      await visitor.page.waitForFunction(
        () => document.querySelector<HTMLElement>('.state')?.dataset['step'] !== 'done',
      );
      await visitor.page.evaluate(() => location.reload());
      await expect.poll(() => asked, kPatience).toBe(1);
      service.thaw();
      await visitor.settled();
    }));

  it('by a removal: it can be undone, with every decision', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await visitor.add(smallPng(), withoutFaces());
      await visitor.allDone(2);
      await visitor.review('three.png');
      await visitor.mark(1).click();
      await visitor.settled();
      await visitor.back();
      await page.getByRole('button', { name: 'Remove all' }).click();
      await page.getByText('2 photos removed').first().waitFor();
      await page.locator('[data-action=undo-toast]').click();
      await visitor.allDone(2);
      await expect(visitor.card('three.png').textContent()).resolves.toContain('2 of 3 faces covered');
      await visitor.card('three.png').locator('img').waitFor();
      await page.getByRole('button', { name: 'Remove three.png' }).click();
      await page.locator('[data-action=undo-toast]').click();
      await visitor.reach('three.png', 'done');
    }));
});

describe('every format is shown as it lies', () => {
  it('a WebP that EXIF turns, which Chromium does not heed', () =>
    visit(service, async (visitor) => {
      const upright = made('a.jpg', 3, ['resize', '0.4']);
      await reviewing(visitor, turned('turned.webp', 3, '0.4'));
      const original = visitor.page.locator('.picture img[alt="Original"]');
      await original.waitFor();
      const shown = await visitor.page.evaluate(async () => {
        const image = document.querySelector<HTMLImageElement>('.picture img[alt="Original"]');
        if (!image) throw new Error('no picture');
        await image.decode();
        const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
        canvas.getContext('2d')?.drawImage(image, 0, 0);
        const blob = await canvas.convertToBlob({ type: 'image/png' });
        return btoa(
          Array.from(new Uint8Array(await blob.arrayBuffer()), (b) => String.fromCharCode(b)).join(''),
        );
      });
      const { outside } = await compared(browser, upright.buffer, Buffer.from(shown, 'base64'), []);
      expect(outside.mean, 'the original lies as the result does').toBeLessThan(8);
    }));
});

describe('names', () => {
  it('in the archive can be written on any disk, and may tell nothing', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      const small = made('small.jpg', 3, ['resize', '0.2']);
      const names = ['Wer ist das?.jpg', 'a<b>.jpg', 'Bild 12:30.jpg', '\u202egpj.jpg', 'con.jpg'];
      await visitor.add(...names.map((name) => ({ ...small, name })));
      await visitor.allDone(names.length);
      const zip = async () =>
        [...unzipped((await visitor.download(page.locator('[data-action=zip]'))).bytes).keys()].sort();
      const written = await zip();
      expect(written).toHaveLength(names.length);
      for (const name of written) expect(name).not.toMatch(/[<>:"|?*\u202a-\u202e]|^con\./i);
      await page.getByText('How faces are covered').click();
      await page.getByLabel('Neutral file names').check();
      expect(await zip()).toEqual(names.map((_, index) => `photo-${index + 1}.jpg`));
    }));
});

describe('a folder', () => {
  it('keeps its tree in the archive', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      const folder = join(mkdtempSync(join(tmpdir(), 'face-privacy-folder-')), 'trip');
      try {
        const { buffer } = made('small.jpg', 3, ['resize', '0.2']);
        for (const day of ['day 1', 'day 2']) {
          mkdirSync(join(folder, day), { recursive: true });
          writeFileSync(join(folder, day, 'a.jpg'), buffer);
        }
        writeFileSync(join(folder, '.DS_Store'), 'x');
        await page.setInputFiles('[data-picker=folder]', folder);
        await visitor.allDone(2);
        const { bytes } = await visitor.download(page.locator('[data-action=zip]'));
        expect([...unzipped(bytes).keys()].sort()).toEqual([
          'trip/day 1/a-redacted.jpg',
          'trip/day 2/a-redacted.jpg',
        ]);
      } finally {
        rmSync(dirname(folder), { recursive: true });
      }
    }));
});

describe('the focus', () => {
  it('is in sight on every face, zoomed in', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await reviewing(visitor, crowd());
      await zoomIn(visitor, 4);
      const count = await page.locator('.stage .mark').count();
      expect(count).toBeGreaterThan(20);
      for (let step = 0; step < count; step += 1) {
        await page.keyboard.press('Tab');
        const hidden = await page.evaluate(() => {
          const mark = document.activeElement?.getBoundingClientRect();
          const frame = document.querySelector('.frame')?.getBoundingClientRect();
          if (!mark || !frame) return true;
          return (
            mark.right < frame.left ||
            mark.left > frame.right ||
            mark.bottom < frame.top ||
            mark.top > frame.bottom
          );
        });
        expect(hidden, `face ${step + 1}`).toBe(false);
      }
    }));

  it('is lost nowhere: after adding, at the last photo, after a step back', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await page.getByRole('button', { name: 'Choose photos' }).focus();
      await visitor.add(smallPng(), withoutFaces());
      await visitor.allDone(2);
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('photos-heading');
      await visitor.review('three.png');
      await page.getByRole('button', { name: 'Next photo' }).focus();
      await page.keyboard.press('Enter');
      await expect
        .poll(() => page.getByRole('status').first().textContent(), kPatience)
        .toContain('Photo 2 of 2');
      expect(await focused(visitor)).toBe('BUTTON');
      expect(await page.title()).toContain('landscape.png');
      await page.getByRole('button', { name: 'Add a box' }).click();
      await page.locator('.mark:focus').waitFor();
      await page.keyboard.press('Control+z');
      await expect.poll(() => focused(visitor), kPatience).not.toBe('BODY');
    }));

  it('comes to the style in a few steps, with a crowd in the photo', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await reviewing(visitor, crowd());
      await page.getByRole('button', { name: 'Skip to how faces are covered' }).focus();
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).value)).toBe('blur');
      // The list of faces is one stop.
      const stops = await page.locator('aside li button[tabindex="0"]').count();
      expect(stops).toBeLessThanOrEqual(4);
      await page.locator('aside li button[data-part=switch]').first().focus();
      await page.keyboard.press('ArrowDown');
      expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
        'Cover Face 2',
      );
    }));

  it('moves a box in one step, however often the key is pressed', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await reviewing(visitor, withoutFaces());
      await page.getByRole('button', { name: 'Add a box' }).click();
      const before = await visitor.boxOf(visitor.mark(1));
      for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'Shift+ArrowRight'])
        await page.keyboard.press(key);
      expect((await visitor.boxOf(visitor.mark(1))).x).toBeGreaterThan(before.x);
      await page.keyboard.press('Control+z');
      expect((await visitor.boxOf(visitor.mark(1))).x).toBeCloseTo(before.x, 0);
      await page.keyboard.press('Control+z');
      expect(await page.locator('.mark').count()).toBe(0);
    }));
});

describe('narrow and large', () => {
  it.each([
    ['320 px', { viewport: { width: 320, height: 568 } }, '100%'],
    ['a phone with text at 200 %', kPhone, '200%'],
    ['a phone on its side', { ...kPhone, viewport: { width: 740, height: 360 } }, '100%'],
  ] as [string, BrowserContextOptions, string][])('%s: no side scroll', (_, options, size) =>
    visit(
      service,
      async (visitor) => {
        const { page } = visitor;
        const enlarge = () => page.evaluate((to) => (document.documentElement.style.fontSize = to), size);
        const over = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        await enlarge();
        expect(await over(), 'welcome').toBeLessThanOrEqual(0);
        await visitor.add(smallPng(), withoutFaces());
        await visitor.allDone(2);
        expect(await over(), 'photos').toBeLessThanOrEqual(0);
        await visitor.review('three.png');
        await visitor.settled();
        expect(await over(), 'review').toBeLessThanOrEqual(0);
        const controls = await page
          .locator('.bar button, .bar label')
          .evaluateAll((all) =>
            all.map((one) => one.getBoundingClientRect()).map(({ left, right }) => [left, right]),
          );
        for (const [left = 0, right = 0] of controls) {
          expect(left).toBeGreaterThanOrEqual(0);
          expect(right).toBeLessThanOrEqual(options.viewport?.width ?? 0);
        }
      },
      options,
    ),
  );

  it('forced colors tell what is chosen by more than weight', () =>
    visit(service, async (visitor) => {
      await reviewing(visitor, smallPng());
      await visitor.page.emulateMedia({ forcedColors: 'active' });
      const fill = (selector: string, pseudo?: string) =>
        visitor.page
          .locator(selector)
          .first()
          .evaluate((one, part) => getComputedStyle(one, part).backgroundColor, pseudo);
      expect(await fill('.modes label.chosen')).not.toBe(await fill('.modes label:not(.chosen)'));
      const on = await fill('.switch', '::before');
      await visitor.mark(1).click();
      expect(await fill('.switch', '::before')).not.toBe(on);
    }));
});

describe('a walk through many photos', () => {
  it('counts what was looked at, and goes on by key, by finger and to the end', () =>
    visit(
      service,
      async (visitor) => {
        const { page } = visitor;
        await visitor.add(smallPng(), withoutFaces('b.png'), withoutFaces('c.png'));
        await visitor.allDone(3);
        await page.locator('[data-action=review-next]').click();
        await page.getByRole('heading', { level: 1, name: 'three.png' }).waitFor();
        await page.keyboard.press('j');
        await page.getByRole('heading', { level: 1, name: 'b.png' }).waitFor();
        const stage = await page.locator('.stage').boundingBox();
        if (!stage) throw new Error('no stage');
        const touch = await page.context().newCDPSession(page);
        const finger = (x: number) => [{ x: stage.x + x, y: stage.y + 60 }];
        await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: finger(250) });
        for (const x of [220, 180, 120, 80]) {
          await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: finger(x) });
        }
        await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
        await page.getByRole('heading', { level: 1, name: 'c.png' }).waitFor();
        await page.locator('[data-action=next-to-look-at]').click();
        await page.getByText('3 of 3 reviewed').waitFor();
        expect(await visitor.card('b.png').textContent()).toContain('Reviewed');
      },
      kPhone,
    ));

  it('has its keys in a panel, which can be turned off', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await reviewing(visitor, smallPng());
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
      expect(await visitor.inaccessible()).toEqual([]);
      await page.getByLabel('Use single letters as keys').uncheck();
      await page.keyboard.press('Escape');
      expect(await page.locator('.stage').count(), 'Escape closes the panel alone').toBe(1);
      await page.keyboard.press('c');
      expect(await page.getByRole('radio', { name: 'Compare' }).isChecked()).toBe(false);
    }));

  it('tells what is taken out of a file', () =>
    visit(service, async (visitor) => {
      await visitor.add(
        turned('turned.jpg', 3, '0.4', [
          '-GPSLatitude=48.1',
          '-GPSLatitudeRef=N',
          '-Model=X',
          '-SerialNumber=7',
        ]),
      );
      await visitor.reach('turned.jpg', 'done');
      await visitor
        .card('turned.jpg')
        .getByText('Taken out: where it was taken, when, camera, serial number')
        .waitFor();
    }));
});

describe('a journalist with a group of 27 faces', () => {
  it('leaves a false alarm, covers what was missed and downloads in a few actions', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      let actions = 0;
      const act = async (does: () => Promise<unknown>) => {
        actions += 1;
        await does();
      };
      const photo = crowd();
      await act(() => visitor.add(photo));
      await visitor.reach(photo.name, 'done');
      await act(() => visitor.review(photo.name));
      expect(await page.locator('.stage .mark').count()).toBeGreaterThan(20);
      await act(() => visitor.mark(3).click());
      await act(() => page.keyboard.press('d'));
      await act(() => visitor.draw([0.02, 0.9], [0.1, 0.98]));
      await visitor.settled();
      await act(() => visitor.downloadReviewed());
      expect(actions).toBeLessThanOrEqual(20);
    }));
});

describe('the example', () => {
  it('is a photo with three faces, from the page’s own server', () =>
    visit(service, async (visitor) => {
      await visitor.page.locator('[data-action=example]').click();
      await visitor.reach('example.jpg', 'done');
      await expect(visitor.card('example.jpg').textContent()).resolves.toMatch(/\d faces covered/);
    }));
});
