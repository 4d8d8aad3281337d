// The built page on the real service with real photos, in Debian's Chromium.
import { describe, expect, it } from 'vitest';
import { demo, kThreeFaces, made, turned, unzipped, withoutFaces, type Upload } from './photos';
import { compared, grown, kPatience, withService } from './visitor';

const { browser, service, visit } = await withService();

/** Mean difference to the original: a covered face is far above the first, what was left far below. */
const kCovered = 12;
const kUntouched = 3;
/** The redaction reaches that share of a face's box beyond it: margin, ellipse around it, feather. */
const kReach = 0.7;

/** Small enough to be quick; PNG, so that what is not covered can be compared to the last bit. */
const smallPng = () => made('three.png', 3, ['resize', '0.4']);

/** As the service itself finds them: it may see one more in a photo made smaller. */
async function facesIn({ mimeType, buffer }: Upload): Promise<number> {
  const answer = await fetch(`${service.url}/v1/detect`, {
    method: 'POST',
    headers: { 'Content-Type': mimeType },
    body: new Uint8Array(buffer),
  });
  return ((await answer.json()) as { faces: unknown[] }).faces.length;
}

describe('one photo', () => {
  it('is uploaded, covered, and downloaded as what the service gave', () =>
    visit(service, async (visitor) => {
      const photo = demo(3);
      await visitor.add(photo);
      await visitor.reach(kThreeFaces, 'done');
      await expect(visitor.card(kThreeFaces).textContent()).resolves.toContain('3 faces covered');
      expect(visitor.calls, 'one upload for faces and picture').toEqual(['/api/v1/blur']);
      expect(visitor.page.workers(), 'small pictures are made off the page').toHaveLength(1);

      const { name, bytes } = await visitor.download(
        visitor.card(kThreeFaces).getByRole('button', { name: 'Download' }),
      );
      expect(name).toBe('sample3-redacted.jpg');
      await visitor.review(kThreeFaces);
      const boxes = await Promise.all([1, 2, 3].map((number) => visitor.boxOf(visitor.mark(number))));
      const inside = await compared(browser, photo.buffer, bytes, boxes);
      for (const face of inside.inside) expect(face.mean).toBeGreaterThan(kCovered);
      const around = await compared(
        browser,
        photo.buffer,
        bytes,
        boxes.map((box) => grown(box, kReach)),
      );
      expect(around.outside.mean).toBeLessThan(kUntouched);
    }));

  it('is reviewed: one face left, another box drawn, the last step undone and redone', () =>
    visit(service, async (visitor) => {
      const photo = smallPng();
      await visitor.add(photo);
      await visitor.reach('three.png', 'done');
      await visitor.review('three.png');
      await visitor.settled();
      const faces = await Promise.all([1, 2, 3].map((number) => visitor.boxOf(visitor.mark(number))));

      await visitor.mark(2).click();
      await visitor.page.getByText('2 of 3 faces covered').waitFor();
      await visitor.page.getByRole('radio', { name: 'Draw' }).check();
      await visitor.draw([0.05, 0.72], [0.2, 0.9]);
      await visitor.page.getByText('3 of 4 areas covered').waitFor();
      await visitor.draw([0.75, 0.72], [0.9, 0.9]);
      await visitor.page.getByText('4 of 5 areas covered').waitFor();
      await visitor.page.keyboard.press('Control+z');
      await visitor.page.getByText('3 of 4 areas covered').waitFor();
      await visitor.settled();
      const drawn = await visitor.boxOf(visitor.mark(4));
      const gone = { x: 0.75 * 768, y: 0.72 * 540, width: 0.15 * 768, height: 0.18 * 540 };

      const { name, bytes } = await visitor.downloadReviewed();
      expect(name).toBe('three-redacted.png');
      const boxes = [...faces, drawn, gone];
      const { inside } = await compared(browser, photo.buffer, bytes, boxes);
      expect(inside[0]?.mean).toBeGreaterThan(kCovered);
      expect(inside[2]?.mean).toBeGreaterThan(kCovered);
      expect(inside[3]?.mean).toBeGreaterThan(kCovered);
      expect(inside[1]?.most, 'the face that was left').toBe(0);
      expect(inside[4]?.most, 'the box that was undone').toBe(0);
      const covered = [faces[0], faces[2], drawn].flatMap((box) => (box ? [grown(box, kReach)] : []));
      expect((await compared(browser, photo.buffer, bytes, covered)).outside.most, 'all else').toBe(0);

      await visitor.page.getByRole('button', { name: 'Redo' }).click();
      await visitor.page.getByText('4 of 5 areas covered').waitFor();
      await visitor.settled();
      const redone = await visitor.downloadReviewed();
      const again = await compared(browser, photo.buffer, redone.bytes, boxes);
      expect(again.inside[4]?.mean).toBeGreaterThan(kCovered);
    }));

  it('is covered in another style, color, shape and margin, and shown so at once', () =>
    visit(service, async (visitor) => {
      const photo = smallPng();
      await visitor.add(photo);
      await visitor.reach('three.png', 'done');
      await visitor.review('three.png');
      await visitor.settled();
      await visitor.page.getByRole('radio', { name: 'Solid' }).check();
      await visitor.page.getByLabel('Color').fill('#ff0080');
      await visitor.page.getByRole('radio', { name: 'Box', exact: true }).check();
      await visitor.page.getByLabel('Margin around the face').fill('30');
      await visitor.settled();
      const face = await visitor.boxOf(visitor.mark(1));
      const { bytes } = await visitor.downloadReviewed();

      const shown = await visitor.page.evaluate(async () => {
        const image = document.querySelector<HTMLImageElement>('.picture img[alt="With faces covered"]');
        if (!image) throw new Error('no picture');
        await image.decode();
        const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
        canvas.getContext('2d')?.drawImage(image, 0, 0);
        const blob = await canvas.convertToBlob({ type: 'image/png' });
        const data = new Uint8Array(await blob.arrayBuffer());
        return btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(''));
      });
      const same = await compared(browser, bytes, Buffer.from(shown, 'base64'), []);
      expect(same.outside.most, 'the picture on the screen is the file').toBe(0);

      // A box with a margin of 30 %: even its corners have the one color.
      const inner = grown(face, 0.28);
      const color = await compared(
        browser,
        bytes,
        made('pink.png', 3, ['resize', '0.4'], ['linear', '0 0 0', '255 0 128', '--uchar']).buffer,
        [inner],
      );
      expect(color.inside[0]?.most).toBe(0);

      await visitor.page.getByRole('radio', { name: 'Pixelate' }).check();
      await visitor.page.getByLabel('Squares across a face').fill('3');
      await visitor.settled();
      const pixelated = await visitor.downloadReviewed();
      const apart = await compared(browser, photo.buffer, pixelated.bytes, [face]);
      expect(apart.inside[0]?.mean).toBeGreaterThan(kCovered);
      const again = await visitor.downloadReviewed();
      expect(again.bytes.equals(pixelated.bytes), 'the reviewed file is not made anew').toBe(true);
    }));

  it('is covered with a margin of its own around one face', () =>
    visit(service, async (visitor) => {
      const photo = made('three.png', 3, ['resize', '0.4']);
      await visitor.add(photo);
      await visitor.reach(photo.name, 'done');
      await visitor.review(photo.name);
      await visitor.settled();
      const before = (await visitor.downloadReviewed()).bytes;
      const box = await visitor.boxOf(visitor.mark(1));
      const row = visitor.page.locator('aside [data-mark]').first();
      await row.getByRole('button', { name: 'Zoom to Face 1' }).click();
      await row.getByLabel('Margin around Face 1').fill('60');
      await visitor.settled();
      const after = (await visitor.downloadReviewed()).bytes;
      const { inside } = await compared(browser, before, after, [grown(box, 1.3)]);
      expect(inside[0]?.most).toBeGreaterThan(50);
    }));

  it('with every face left visible comes out uncovered, and the page says so', () =>
    visit(service, async (visitor) => {
      const photo = smallPng();
      await visitor.add(photo);
      await visitor.reach('three.png', 'done');
      await visitor.review('three.png');
      await visitor.page.getByRole('button', { name: 'Leave all' }).click();
      await visitor.page.getByRole('heading', { name: 'Nothing is covered' }).waitFor();
      await visitor.settled();
      const { bytes } = await visitor.downloadReviewed();
      expect((await compared(browser, photo.buffer, bytes, [])).outside.most).toBe(0);
    }));

  it('without a face says so, is searched thoroughly, and can be drawn on', () =>
    visit(service, async (visitor) => {
      const photo = withoutFaces();
      await visitor.add(photo);
      await visitor.reach('landscape.png', 'done');
      await expect(visitor.card('landscape.png').textContent()).resolves.toContain('No face found');
      await visitor.review('landscape.png');
      await visitor.page.getByRole('heading', { name: 'No face found' }).waitFor();
      await visitor.page.getByRole('button', { name: 'Look thoroughly' }).click();
      await visitor.page.getByText('The thorough search found none either').waitFor();
      await visitor.settled();
      expect(visitor.calls.filter((path) => path.endsWith('detect'))).toHaveLength(1);
      await visitor.page.getByRole('button', { name: 'Draw a box' }).click();
      await visitor.draw([0.4, 0.4], [0.6, 0.6]);
      await visitor.page.getByText('1 area covered').waitFor();
      await visitor.settled();
      const box = await visitor.boxOf(visitor.mark(1));
      const { bytes } = await visitor.downloadReviewed();
      const { inside, outside } = await compared(browser, photo.buffer, bytes, [grown(box, kReach)]);
      expect(inside[0]?.mean).toBeGreaterThan(1);
      expect(outside.most).toBe(0);
    }));

  it('that lies on its side in the file is shown, reviewed and covered upright', () =>
    visit(service, async (visitor) => {
      const photo = turned('turned.jpg', 3);
      await visitor.add(photo);
      await visitor.reach('turned.jpg', 'done');
      await visitor.review('turned.jpg');
      await visitor.settled();
      const shown = await visitor.page.locator('.stage .picture').boundingBox();
      expect((shown?.width ?? 0) / (shown?.height ?? 1)).toBeCloseTo(1920 / 1350, 2);
      const boxes = await Promise.all([1, 2, 3].map((number) => visitor.boxOf(visitor.mark(number))));
      const { bytes } = await visitor.downloadReviewed();
      const { width, inside } = await compared(browser, photo.buffer, bytes, boxes);
      expect(width).toBe(1920);
      for (const face of inside) expect(face.mean).toBeGreaterThan(kCovered);
      expect(bytes.includes('Exif')).toBe(false);
    }));

  it.each([
    ['phone.heic', 'phone-redacted.jpg'],
    ['scan.tif', 'scan-redacted.tiff'],
  ])('%s, which the browser cannot show, is shown by the service, before and after', (name, saved) =>
    visit(service, async (visitor) => {
      await visitor.add(made(name, 3, ['resize', '0.4']));
      await visitor.reach(name, 'done');
      await visitor.review(name);
      await visitor.settled();
      await visitor.page.getByText('Your browser cannot show this kind of photo').waitFor();
      await expect.poll(() => visitor.page.locator('aside canvas').count(), kPatience).toBeGreaterThan(2);
      await visitor.page.getByRole('radio', { name: 'Compare' }).check();
      expect(await visitor.calls.filter((path) => path.endsWith('blur')).length).toBeLessThanOrEqual(3);
      const shown = visitor.page.locator('.picture img[alt="With faces covered"]');
      await shown.waitFor();
      expect(await shown.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(768);
      const { name: as, bytes } = await visitor.downloadReviewed();
      expect(as).toBe(saved);
      const signature = saved.endsWith('.jpg') ? [0xff, 0xd8] : [0x49, 0x49];
      expect([...bytes.subarray(0, 2)]).toEqual(signature);
    }),
  );
});

describe('the review', () => {
  it('compares with the original by a slider that pointer and keys move', () =>
    visit(service, async (visitor) => {
      await visitor.add(demo(3));
      await visitor.reach(kThreeFaces, 'done');
      await visitor.review(kThreeFaces);
      await visitor.settled();
      await visitor.page.getByRole('radio', { name: 'Compare' }).check();
      const slider = visitor.page.getByRole('slider', { name: 'Share of the original shown' });
      const clip = () =>
        visitor.page
          .locator('.picture img[alt="With faces covered"]')
          .evaluate((image) =>
            Number(/inset\(0(?:px)? 0(?:px)? 0(?:px)? ([\d.]+)px\)/.exec(image.style.clipPath)?.[1]),
          );
      expect(await clip()).toBeCloseTo(960, -1);
      await slider.focus();
      await visitor.page.keyboard.press('End');
      expect(await slider.getAttribute('aria-valuenow')).toBe('100');
      expect(await clip()).toBe(1920);
      await visitor.page.keyboard.press('Home');
      await visitor.page.keyboard.press('ArrowRight');
      expect(await slider.getAttribute('aria-valuenow')).toBe('5');
      const stage = await visitor.page.locator('.stage').boundingBox();
      if (!stage) throw new Error('no stage');
      await visitor.page.mouse.move(stage.x + stage.width * 0.05, stage.y + stage.height / 2);
      await visitor.page.mouse.down();
      await visitor.page.mouse.move(stage.x + stage.width * 0.75, stage.y + 40, { steps: 5 });
      await visitor.page.mouse.up();
      expect(await slider.getAttribute('aria-valuenow')).toBe('75');
    }));

  it('zooms by wheel, buttons and keys, to what is pointed at, and pans', () =>
    visit(service, async (visitor) => {
      await visitor.add(demo(3));
      await visitor.reach(kThreeFaces, 'done');
      await visitor.review(kThreeFaces);
      await visitor.settled();
      const { page } = visitor;
      const before = await visitor.mark(1).locator('.line').boundingBox();
      if (!before) throw new Error('no box');
      const center = { x: before.x + before.width / 2, y: before.y + before.height / 2 };
      await page.mouse.move(center.x, center.y);
      await page.mouse.wheel(0, -600);
      await page.waitForFunction(
        (width) => (document.querySelector('.mark .line')?.getBoundingClientRect().width ?? 0) > 2 * width,
        before.width,
      );
      const after = await visitor.mark(1).locator('.line').boundingBox();
      // Within a few pixels: the free room around the whole picture goes first.
      expect((after?.x ?? 0) + (after?.width ?? 0) / 2).toBeCloseTo(center.x, -1);
      expect((after?.y ?? 0) + (after?.height ?? 0) / 2).toBeCloseTo(center.y, -1);

      await page.mouse.down();
      await page.mouse.move(center.x + 50, center.y + 30, { steps: 5 });
      await page.mouse.up();
      const panned = await visitor.mark(1).locator('.line').boundingBox();
      expect((panned?.x ?? 0) - (after?.x ?? 0)).toBeCloseTo(50, 0);
      expect(await visitor.mark(1).getAttribute('aria-pressed'), 'a drag is no click').toBe('true');

      await page.getByRole('button', { name: 'Show the whole photo' }).click();
      const fitted = await visitor.mark(1).locator('.line').boundingBox();
      expect(fitted?.width).toBeCloseTo(before.width, 1);
      await page.locator('.stage').focus();
      await page.keyboard.press('+');
      const zoomed = await visitor.mark(1).locator('.line').boundingBox();
      expect((zoomed?.width ?? 0) / before.width).toBeCloseTo(1.5, 1);
      await page.keyboard.press('0');
      await page.getByRole('button', { name: 'Zoom to Face 2' }).click();
      const shown = await visitor.mark(2).locator('.line').boundingBox();
      const stage = await page.locator('.stage').boundingBox();
      expect((shown?.x ?? 0) + (shown?.width ?? 0) / 2).toBeCloseTo(
        (stage?.x ?? 0) + (stage?.width ?? 0) / 2,
        -1,
      );
    }));

  it('works by keyboard alone: leave a face, add a box, move it, size it, remove it', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await visitor.add(demo(3));
      await visitor.reach(kThreeFaces, 'done');
      await visitor
        .card(kThreeFaces)
        .getByRole('button', { name: /^Review/ })
        .focus();
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
      await visitor.settled();
      await visitor.mark(1).focus();
      await page.keyboard.press('Space');
      await page.getByText('2 of 3 faces covered').waitFor();
      expect(await visitor.mark(1).getAttribute('aria-label')).toBe('Face 1, left visible');
      expect(await visitor.mark(1).getAttribute('aria-pressed')).toBe('false');

      await page.getByRole('button', { name: 'Add a box' }).focus();
      await page.keyboard.press('Enter');
      const focused = page.locator('.mark:focus');
      await focused.waitFor();
      expect(await focused.getAttribute('aria-label')).toBe('Box 4, covered');
      const before = await visitor.boxOf(visitor.mark(4));
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Shift+ArrowRight');
      const after = await visitor.boxOf(visitor.mark(4));
      expect(after.x).toBeGreaterThan(before.x);
      expect(after.y).toBeGreaterThan(before.y);
      expect(after.width).toBeGreaterThan(before.width);
      await visitor.settled();
      await page.keyboard.press('Delete');
      await page.getByText('2 of 3 faces covered').waitFor();
      await page.keyboard.press('Control+z');
      await page.getByText('3 of 4 areas covered').waitFor();

      await page.keyboard.press('Escape');
      await page.waitForFunction(() => document.activeElement?.matches('.picture'));
      expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Review sample3.jpg');
    }));

  it('moves and sizes a drawn box by pointer, as one step each', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await visitor.add(withoutFaces());
      await visitor.reach('landscape.png', 'done');
      await visitor.review('landscape.png');
      await page.getByRole('button', { name: 'Draw a box' }).click();
      await visitor.draw([0.3, 0.3], [0.5, 0.5]);
      const drawn = await visitor.boxOf(visitor.mark(1));
      await visitor.draw([0.4, 0.4], [0.6, 0.45]);
      const moved = await visitor.boxOf(visitor.mark(1));
      expect(moved.x - drawn.x).toBeCloseTo(0.2 * 800, -1);
      expect(moved.width).toBeCloseTo(drawn.width, 0);
      await visitor.draw([0.7, 0.55], [0.8, 0.75]);
      const sized = await visitor.boxOf(visitor.mark(1));
      expect(sized.x).toBeCloseTo(moved.x, 0);
      expect(sized.width - moved.width).toBeCloseTo(0.1 * 800, -1);
      expect(sized.height - moved.height).toBeCloseTo(0.2 * 600, -1);
      expect(await page.locator('.mark').count()).toBe(1);
      await page.keyboard.press('Control+z');
      expect((await visitor.boxOf(visitor.mark(1))).width).toBeCloseTo(moved.width, 0);
      await page.keyboard.press('Control+z');
      expect((await visitor.boxOf(visitor.mark(1))).x).toBeCloseTo(drawn.x, 0);
      await page.keyboard.press('Control+z');
      expect(await page.locator('.mark').count()).toBe(0);
    }));

  it('asks for each search once, and takes up an earlier one without asking', () =>
    visit(service, async (visitor) => {
      await visitor.add(demo(3));
      await visitor.reach(kThreeFaces, 'done');
      await visitor.review(kThreeFaces);
      await visitor.settled();
      for (const search of ['Fast', 'Balanced', 'Fast', 'Balanced']) {
        await visitor.page.getByRole('radio', { name: search }).check();
        await visitor.settled();
      }
      expect(visitor.calls.filter((path) => path.endsWith('detect'))).toHaveLength(1);
    }));

  it('is left by the way back of the browser', () =>
    visit(service, async (visitor) => {
      await visitor.add(demo(3));
      await visitor.reach(kThreeFaces, 'done');
      await visitor.review(kThreeFaces);
      await visitor.page.goBack();
      await visitor.page.locator('#photos-heading').waitFor();
      await visitor.card(kThreeFaces).waitFor();
    }));
});

describe('many photos', () => {
  it('are worked on a few at a time and saved as one archive', () =>
    visit(service, async (visitor) => {
      let most = 0;
      let open = 0;
      visitor.page.on('request', (request) => {
        if (request.method() === 'POST') most = Math.max(most, (open += 1));
      });
      const over = (request: { method(): string }) => {
        if (request.method() === 'POST') open -= 1;
      };
      visitor.page.on('requestfinished', over);
      visitor.page.on('requestfailed', over);

      const small = made('small.jpg', 3, ['resize', '0.25']);
      const photos = Array.from({ length: 24 }, (_, index) => ({ ...small, name: `${index % 20}.jpg` }));
      await visitor.add(...photos);
      await visitor.allDone(24);
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(3);
      const each = await facesIn(small);
      expect(each).toBeGreaterThanOrEqual(3);
      await visitor.page
        .locator('.sum')
        .getByText(`${24 * each} faces covered`)
        .waitFor();

      const { name, bytes } = await visitor.download(visitor.page.locator('[data-action=zip]'));
      expect(name).toBe('face-privacy-redacted.zip');
      const files = unzipped(bytes);
      expect(files.size).toBe(24);
      expect([...files.keys()]).toContain('0-redacted.jpg');
      expect([...files.keys()]).toContain('0-redacted-2.jpg');
      const alone = await visitor.download(visitor.card('7.jpg').getByRole('button', { name: 'Download' }));
      expect(files.get('7-redacted.jpg')?.equals(alone.bytes)).toBe(true);
      const inZip = files.get('19-redacted.jpg');
      if (!inZip) throw new Error('missing');
      expect((await compared(browser, small.buffer, inZip, [])).outside.most).toBeGreaterThan(30);
    }));

  it('free the pictures they no longer show', () =>
    visit(service, async (visitor) => {
      await visitor.page.evaluate(() => {
        const live = new Set<string>();
        Object.assign(window, { live });
        const { createObjectURL, revokeObjectURL } = URL;
        URL.createObjectURL = (object) => {
          const url = createObjectURL.call(URL, object);
          live.add(url);
          return url;
        };
        URL.revokeObjectURL = (url) => {
          live.delete(url);
          revokeObjectURL.call(URL, url);
        };
      });
      const live = () => visitor.page.evaluate(() => (window as unknown as { live: Set<string> }).live.size);
      await visitor.add(demo(2), demo(3));
      await visitor.allDone(2);
      // The small picture of an original may come after the photo is done: nothing waits for it.
      await expect.poll(live, { ...kPatience, message: 'two small pictures each' }).toBe(4);
      await visitor.review(kThreeFaces);
      await visitor.settled();
      await visitor.mark(1).click();
      await visitor.settled();
      await visitor.back();
      await expect.poll(live, kPatience).toBe(4);
      await visitor.page.getByRole('button', { name: 'Remove all' }).click();
      expect(await live()).toBe(0);
    }));

  it('take on a look for all, and one from a review', () =>
    visit(service, async (visitor) => {
      const { page } = visitor;
      await visitor.add(demo(2), demo(3));
      await visitor.allDone(2);
      await page.getByText('How faces are covered').click();
      await page.getByRole('radio', { name: 'Solid' }).check();
      await visitor.allDone(2);
      expect(visitor.calls.filter((path) => path.endsWith('blur'))).toHaveLength(4);
      await visitor.review('sample2.jpg');
      expect(await page.getByRole('radio', { name: 'Solid' }).isChecked()).toBe(true);
      await page.getByRole('radio', { name: 'Blur' }).check();
      await page.getByRole('button', { name: 'Use for all 2 photos' }).click();
      await page.getByRole('button', { name: 'Next photo' }).click();
      await page.getByRole('heading', { level: 1, name: kThreeFaces }).waitFor();
      expect(await page.getByRole('radio', { name: 'Blur' }).isChecked()).toBe(true);
    }));

  it('come by drop and by paste as well', () =>
    visit(service, async (visitor) => {
      const base64 = demo(3).buffer.toString('base64');
      const transfer = (name: string) =>
        visitor.page.evaluateHandle(
          ([data, as]) => {
            const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], as, { type: 'image/jpeg' }));
            return transfer;
          },
          [base64, name] as const,
        );
      const dropped = await transfer('dropped.jpg');
      await visitor.page.dispatchEvent('body', 'dragover', { dataTransfer: dropped });
      await visitor.page.getByText('Drop to add').waitFor();
      await visitor.page.dispatchEvent('body', 'drop', { dataTransfer: dropped });
      await visitor.reach('dropped.jpg', 'done');
      expect(await visitor.page.getByText('Drop to add').count()).toBe(0);
      const pasted = await transfer('pasted.jpg');
      await visitor.page.evaluate((data) => {
        document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
      }, pasted);
      await visitor.reach('pasted.jpg', 'done');
    }));
});
