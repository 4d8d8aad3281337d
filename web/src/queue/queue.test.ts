import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BlurRequest, Client } from '../api/client';
import { abortError, type PostOptions } from '../api/http';
import { PhotoProblem } from '../api/problem';
import type { Detection, Profile } from '../api/types';
import { withMark, withToggled } from '../review/review';
import { waitBeforeTry } from './backoff';
import type { Photo } from './photo.svelte';
import { Queue } from './queue.svelte';

const detection: Detection = {
  image: { width: 100, height: 100 },
  faces: [
    { box: { x: 0, y: 0, width: 10, height: 10 }, score: 0.9 },
    { box: { x: 50, y: 0, width: 10, height: 10 }, score: 0.9 },
  ],
};

interface Call {
  readonly kind: 'detect' | 'blur';
  readonly file: File;
  readonly profile?: Profile;
  readonly request?: BlurRequest;
  readonly options: PostOptions;
  give(answer: Detection | Blob): void;
  fail(error: unknown): void;
}

/** A service whose answers the test gives by hand. */
function handService() {
  const calls: Call[] = [];
  const open = new Set<Call>();
  const forgotten: string[] = [];
  function wait<T>(call: Omit<Call, 'give' | 'fail'>): Promise<T> {
    return new Promise((resolve, reject) => {
      const made: Call = {
        ...call,
        give: (answer) => {
          open.delete(made);
          resolve(answer as T);
        },
        fail: (error) => {
          open.delete(made);
          reject(error);
        },
      };
      call.options.signal.addEventListener('abort', () => made.fail(abortError()));
      calls.push(made);
      open.add(made);
    });
  }
  const client: Client = {
    key: undefined,
    detect: (file, profile, options) => wait({ kind: 'detect', file: file as File, profile, options }),
    // As for an animation: the picture is asked for by itself. What comes with the first look has tests below.
    firstLook: async (file, profile, _, options) => ({
      detection: await wait<Detection>({ kind: 'detect', file: file as File, profile, options }),
      redacted: firstPicture && { blob: firstPicture, removed: ['position'] },
    }),
    blur: async (file, request, options) => ({
      blob: await wait<Blob>({ kind: 'blur', file: file as File, request, options }),
      removed: ['position'],
    }),
    forget: (file) => forgotten.push((file as File).name),
  };
  return {
    client,
    forgotten,
    calls,
    open,
    last(): Call {
      const call = calls.at(-1);
      if (!call) throw new Error('nothing was asked');
      return call;
    },
  };
}

/** What the first look brings beside the faces. */
let firstPicture: Blob | undefined;
let service: ReturnType<typeof handService>;
let thumbnails: Set<string>;
let shows: (blob: Blob) => boolean;
let queue: Queue;

const settle = () => vi.advanceTimersByTimeAsync(0);
const file = (name = 'a.jpg') => new File(['photo'], name, { type: 'image/jpeg' });
const picture = (text = 'redacted', type = 'image/jpeg') => new Blob([text], { type });

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0);
  firstPicture = undefined;
  service = handService();
  thumbnails = new Set();
  shows = () => true;
  let next = 0;
  URL.revokeObjectURL = (url) => void thumbnails.delete(url);
  queue = new Queue({
    client: service.client,
    makeThumbnail: (blob) => {
      if (!shows(blob)) return Promise.resolve(undefined);
      const url = `blob:${(next += 1)}`;
      thumbnails.add(url);
      return Promise.resolve({ url, size: { width: 100, height: 100 } });
    },
  });
});

afterEach(() => vi.useRealTimers());

function addOne(name?: string): Photo {
  const [photo] = queue.add([file(name)]);
  if (!photo) throw new Error('not added');
  return photo;
}

async function finish(photo: Photo): Promise<void> {
  service.last().give(detection);
  await settle();
  service.last().give(picture());
  await settle();
  expect(photo.step).toBe('done');
}

describe('one photo', () => {
  it('is uploaded, searched, covered, done', async () => {
    const photo = addOne();
    expect(photo.step).toBe('uploading');
    service.last().options.onUpload?.(0.5);
    expect(photo.progress).toBe(0.5);
    service.last().options.onUpload?.(1);
    expect(photo.step).toBe('detecting');
    service.last().give(detection);
    await settle();
    expect(service.last().kind).toBe('blur');
    expect(service.last().request?.regions).toEqual(detection.faces.map((face) => face.box));
    service.last().options.onUpload?.(1);
    expect(photo.step).toBe('blurring');
    const redacted = picture();
    service.last().give(redacted);
    await settle();
    expect(photo.step).toBe('done');
    expect(photo.ready?.blob).toBe(redacted);
    expect(photo.ready?.removed).toEqual(['position']);
    expect(service.calls).toHaveLength(2);
  });

  it('is done with one upload where the first look brings the picture', async () => {
    firstPicture = picture();
    const photo = addOne();
    service.last().give(detection);
    await settle();
    expect(photo.step).toBe('done');
    expect(photo.ready?.blob).toBe(firstPicture);
    expect(photo.ready?.covers).toEqual(detection.faces.map((face) => face.box));
    expect(service.calls).toHaveLength(1);
    photo.decide(withToggled(photo.review, photo.review.marks[0]?.id ?? 0));
    expect(photo.ready).toBeUndefined();
  });

  it('is asked for again where the look was changed under the first look', async () => {
    firstPicture = picture();
    const photo = addOne();
    const first = service.last();
    queue.setLook({ style: 'fill' });
    first.give(detection);
    await settle();
    expect(photo.ready).toBeUndefined();
    expect(photo.step).not.toBe('done');
  });

  it('is never offered for a review that it does not show', async () => {
    const photo = addOne();
    await finish(photo);
    photo.decide(withToggled(photo.review, photo.review.marks[0]?.id ?? 0));
    expect(photo.ready).toBeUndefined();
    queue.changed(photo);
    await vi.advanceTimersByTimeAsync(300);
    expect(service.last().request?.regions).toEqual([detection.faces[1]?.box]);
    expect(photo.ready).toBeUndefined();
    const fresh = picture('fresh');
    service.last().give(fresh);
    await settle();
    expect(photo.ready?.blob).toBe(fresh);
  });

  it('asks once for changes that follow each other quickly, and gives up what is outdated', async () => {
    const photo = addOne();
    await finish(photo);
    for (let x = 0; x < 5; x += 1) {
      photo.decide(withMark(photo.review, { x, y: 0, width: 9, height: 9 }));
      queue.changed(photo);
      await vi.advanceTimersByTimeAsync(50);
    }
    expect(service.calls).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(300);
    expect(service.calls).toHaveLength(3);
    const outdated = service.last();
    photo.undo();
    queue.changed(photo);
    expect(outdated.options.signal.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(300);
    expect(service.calls).toHaveLength(4);
    expect(service.last().request?.regions).toHaveLength(6);
  });

  it('undone to what is already there needs no request', async () => {
    const photo = addOne();
    await finish(photo);
    photo.decide(withToggled(photo.review, photo.review.marks[0]?.id ?? 0));
    queue.changed(photo);
    photo.undo();
    queue.changed(photo);
    await vi.advanceTimersByTimeAsync(1000);
    expect(photo.step).toBe('done');
    expect(photo.ready).toBeDefined();
    expect(service.calls).toHaveLength(2);
  });

  it('is searched once for each profile', async () => {
    const photo = addOne();
    await finish(photo);
    photo.search('thorough');
    queue.changed(photo);
    expect(photo.ready).toBeUndefined();
    await vi.advanceTimersByTimeAsync(300);
    expect(service.last()).toMatchObject({ kind: 'detect', profile: 'thorough' });
    service.last().give({ ...detection, faces: detection.faces.slice(0, 1) });
    await settle();
    service.last().give(picture());
    await settle();
    expect(photo.review.marks).toHaveLength(1);
    photo.search('balanced');
    queue.changed(photo);
    await vi.advanceTimersByTimeAsync(300);
    expect(photo.review.marks).toHaveLength(2);
    expect(service.last().kind).toBe('blur');
    expect(service.calls.filter((call) => call.kind === 'detect')).toHaveLength(2);
  });

  it('can be taken back from a search that has not answered', async () => {
    const photo = addOne();
    await finish(photo);
    photo.search('thorough');
    queue.changed(photo);
    await vi.advanceTimersByTimeAsync(300);
    expect(photo.canUndo).toBe(true);
    photo.undo();
    queue.changed(photo);
    await settle();
    expect(photo.step).toBe('done');
    expect(photo.ready).toBeDefined();
  });

  it('that the browser cannot show is shown as JPEG and saved as it is', async () => {
    shows = (blob) => blob.type === 'image/jpeg' && blob.size !== 5;
    const photo = addOne('scan.tiff');
    await settle();
    expect(photo.originalShown).toBe(false);
    service.last().give(detection);
    await settle();
    const tiff = picture('tiff', 'image/tiff');
    service.last().give(tiff);
    await settle();
    expect(service.last().request?.format).toBe('jpeg');
    const shown = picture('shown as jpeg');
    service.last().give(shown);
    await settle();
    expect(photo.ready?.blob).toBe(tiff);
    expect(photo.ready?.shown).toBe(shown);
    expect(photo.comparable).toBe(false);
  });

  it('frees its pictures when it is removed', async () => {
    const photo = addOne();
    await finish(photo);
    expect(thumbnails.size).toBe(2);
    photo.decide(withToggled(photo.review, photo.review.marks[0]?.id ?? 0));
    queue.changed(photo);
    await vi.advanceTimersByTimeAsync(300);
    service.last().give(picture('again'));
    await settle();
    expect(thumbnails.size).toBe(2);
    expect(service.forgotten).toEqual([]);
    queue.remove(photo);
    expect(thumbnails.size).toBe(0);
    expect(queue.photos).toHaveLength(0);
    expect(service.forgotten).toEqual(['a.jpg']);
  });
});

describe('many photos', () => {
  it('go a few at a time, in order', async () => {
    queue.add(Array.from({ length: 10 }, (_, index) => file(`${index}.jpg`)));
    expect(service.open.size).toBe(3);
    const [first] = service.calls;
    first?.give(detection);
    await settle();
    expect(service.open.size).toBe(3);
    // The first photo's second half, before the fourth photo's first.
    expect(service.last()).toMatchObject({ kind: 'blur' });
    expect(service.last().file.name).toBe('0.jpg');
  });

  it('the one under review does not wait for the others', async () => {
    const [first] = queue.add(Array.from({ length: 5 }, (_, index) => file(`${index}.jpg`)));
    if (!first) throw new Error('not added');
    service.calls[0]?.give(detection);
    await settle();
    service.last().give(picture());
    await settle();
    expect(service.open.size).toBe(3);
    queue.review(first);
    first.decide(withToggled(first.review, first.review.marks[0]?.id ?? 0));
    queue.changed(first);
    await vi.advanceTimersByTimeAsync(300);
    expect(service.last().file.name).toBe('0.jpg');
  });

  it('take on the look that is set for all', async () => {
    const photo = addOne();
    await finish(photo);
    queue.setLook({ style: 'fill', color: '#112233' });
    const later = addOne('b.jpg');
    expect(later.review.look.style).toBe('fill');
    await vi.advanceTimersByTimeAsync(300);
    const blur = service.calls.filter((call) => call.kind === 'blur').at(-1);
    expect(blur?.request?.look).toMatchObject({ style: 'fill', color: '#112233' });
    photo.undo();
    expect(photo.review.look.style).toBe('blur');
  });

  it('are all given up and freed when they are cleared', async () => {
    queue.add([file(), file(), file(), file()]);
    await settle();
    queue.clear();
    await settle();
    expect(service.open.size).toBe(0);
    expect(thumbnails.size).toBe(0);
  });
});

describe('when it goes wrong', () => {
  it('a lasting problem stops the photo, and trying again starts it afresh', async () => {
    const photo = addOne();
    service.last().fail(new PhotoProblem('damaged'));
    await settle();
    expect(photo.step).toBe('failed');
    expect(photo.problem?.kind).toBe('damaged');
    queue.retry(photo);
    expect(photo.step).toBe('uploading');
    expect(photo.problem).toBeUndefined();
    await finish(photo);
  });

  it('a busy server is asked again after the time it gave, for all photos', async () => {
    const photo = addOne();
    queue.add([file('b.jpg'), file('c.jpg'), file('d.jpg')]);
    service.calls[0]?.fail(new PhotoProblem('busy', { retryAfterMs: 5000 }));
    await settle();
    expect(photo.step).toBe('waiting');
    expect(photo.problem?.kind).toBe('busy');
    expect(photo.tryAgainAt).toBe(performance.now() + 5000);
    service.calls[1]?.fail(new PhotoProblem('damaged'));
    service.calls[2]?.fail(new PhotoProblem('damaged'));
    await vi.advanceTimersByTimeAsync(4900);
    expect(service.calls).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(200);
    expect(service.calls[3]?.file.name).toBe('a.jpg');
    expect(photo.step).toBe('uploading');
  });

  it('a busy server is asked less at a time, until it has answered for a while', async () => {
    queue.add(Array.from({ length: 20 }, (_, index) => file(`${index}.jpg`)));
    for (const call of [...service.open].slice(0, 2))
      call.fail(new PhotoProblem('busy', { retryAfterMs: 1000 }));
    await settle();
    await vi.advanceTimersByTimeAsync(5000);
    let most = 0;
    for (let answers = 0; answers < 7; answers += 1) {
      const [call] = service.open;
      call?.give(call.kind === 'detect' ? detection : picture());
      await settle();
      most = Math.max(most, service.open.size);
    }
    expect(most).toBe(1);
    for (let answers = 0; answers < 10; answers += 1) {
      const [call] = service.open;
      call?.give(call.kind === 'detect' ? detection : picture());
      await settle();
    }
    expect(service.open.size).toBe(3);
  });

  it('a server that stays busy is given up in the end', async () => {
    const photo = addOne();
    for (let tries = 0; tries < 10; tries += 1) {
      expect(photo.step).toBe('uploading');
      service.last().fail(new PhotoProblem('busy', { retryAfterMs: 1000 }));
      await vi.advanceTimersByTimeAsync(120_000);
    }
    expect(photo.step).toBe('failed');
    expect(photo.problem?.kind).toBe('busy');
  });

  it('a server that is away is looked for again and again, without a click', async () => {
    const photo = addOne();
    for (let tries = 0; tries < 20; tries += 1) {
      expect(photo.step).toBe('uploading');
      service.last().fail(new PhotoProblem(tries % 2 ? 'unreachable' : 'stopping'));
      await settle();
      expect(photo.step).toBe('waiting');
      await vi.advanceTimersByTimeAsync(10_000);
    }
    await finish(photo);
  });

  it('a server that says nothing is tried a few times', async () => {
    const photo = addOne();
    for (let tries = 0; tries < 3; tries += 1) {
      service.last().fail(new PhotoProblem('no_answer'));
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(photo.step).toBe('failed');
    expect(photo.problem?.worthAnotherTry).toBe(true);
  });

  it('an answer that is long in coming is told of', async () => {
    const photo = addOne();
    service.last().options.onUpload?.(1);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(photo.slow).toBe(false);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(photo.slow).toBe(true);
    service.last().give(detection);
    await settle();
    expect(photo.slow).toBe(false);
  });

  it('a server that asks for a key gets it, and what failed for want of it goes again', async () => {
    const photo = addOne();
    service.last().fail(new PhotoProblem('not_allowed'));
    await settle();
    expect(photo.step).toBe('failed');
    queue.useKey('secret');
    expect(service.client.key).toBe('secret');
    await finish(photo);
  });

  it('what was removed is put back in its place with its decisions', async () => {
    const [first, second, third] = queue.add([file('a.jpg'), file('b.jpg'), file('c.jpg')]);
    if (!first || !second || !third) throw new Error('not added');
    service.calls[1]?.give(detection);
    await settle();
    service.last().give(picture());
    await settle();
    second.decide(withToggled(second.review, second.review.marks[0]?.id ?? 0));
    const removed = queue.remove(second, first);
    expect(queue.photos).toEqual([third]);
    queue.restore(removed);
    expect(queue.photos).toEqual([first, second, third]);
    expect(second.coveredCount).toBe(1);
    await vi.advanceTimersByTimeAsync(300);
    expect(service.last().file.name).toBe('b.jpg');
  });

  it('those of a page that is left need not be held any more', () => {
    queue.add([file('a.jpg'), file('b.jpg')]);
    queue.leave();
    expect(service.forgotten).toEqual(['a.jpg', 'b.jpg']);
  });

  it('a file whose type says that it is no photo does not go over the line', () => {
    const [film] = queue.add([new File(['x'], 'a.mp4', { type: 'video/mp4' })]);
    expect(film?.problem?.kind).toBe('a_film');
    expect(service.calls).toHaveLength(0);
  });

  it('a cancelled photo is left alone until someone tries again', async () => {
    const photo = addOne();
    const call = service.last();
    queue.cancel(photo);
    expect(call.options.signal.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(photo.step).toBe('cancelled');
    expect(service.open.size).toBe(0);
    queue.retry(photo);
    await finish(photo);
  });

  it('a failed change leaves nothing to save until it worked', async () => {
    const photo = addOne();
    await finish(photo);
    photo.decide(withToggled(photo.review, photo.review.marks[0]?.id ?? 0));
    queue.changed(photo);
    await vi.advanceTimersByTimeAsync(300);
    service.last().fail(new PhotoProblem('damaged'));
    await settle();
    expect(photo.step).toBe('failed');
    expect(photo.ready).toBeUndefined();
    photo.undo();
    queue.changed(photo);
    expect(photo.step).toBe('done');
    expect(photo.ready).toBeDefined();
  });

  it('a fault of the page itself does not leave a photo hanging', async () => {
    const photo = addOne();
    service.last().fail(new TypeError('a bug'));
    await settle();
    expect(photo.step).toBe('failed');
    expect(photo.problem?.kind).toBe('server_fault');
  });
});

describe('waiting for a busy server', () => {
  it('grows with each try and is never shorter than asked', () => {
    const waits = [1, 2, 3, 4, 20].map((tries) => waitBeforeTry(tries, undefined, 0));
    expect(waits).toEqual([1000, 2000, 4000, 8000, 60_000]);
    expect(waitBeforeTry(1, 30_000, 0)).toBe(30_000);
    expect(waitBeforeTry(1, undefined, 1)).toBe(1250);
  });
});
