import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import { PhotoProblem } from '../api/problem';
import { kDefaultLook, type Detection } from '../api/types';
import { Photo, type Step } from '../queue/photo.svelte';
import { startReview, withMark, withToggled } from '../review/review';
import FaceList from './FaceList.svelte';
import { carriesFiles, filesOf } from './files';
import LookControls from './LookControls.svelte';
import PhotoCard from './PhotoCard.svelte';
import Picker from './Picker.svelte';
import ReviewNotice from './ReviewNotice.svelte';
import { coverage, markLabel } from './words';

window.matchMedia = (media) => ({ matches: false, media }) as MediaQueryList;

const box = (x: number) => ({ x, y: 0, width: 10, height: 10 });
const detection = (...scores: number[]): Detection => ({
  image: { width: 100, height: 100 },
  faces: scores.map((score, index) => ({ box: box(20 * index), score })),
});

function photoWith(found?: Detection, step: Step = 'done'): Photo {
  const photo = new Photo(1, new File(['x'], 'holiday.jpg', { type: 'image/jpeg' }), startReview());
  if (found) photo.takeDetection('balanced', found);
  if (found && step === 'done') {
    const blob = new Blob(['y'], { type: 'image/jpeg' });
    photo.result = { key: photo.wantedKey, blob, shown: blob, covers: [], look: kDefaultLook, removed: [] };
  }
  photo.step = step;
  return photo;
}

const deeds = () => ({
  now: 0,
  onreview: vi.fn(),
  onsave: vi.fn(),
  oncancel: vi.fn(),
  onretry: vi.fn(),
  onremove: vi.fn(),
});

describe('a card', () => {
  it('says how many faces are covered and offers review and download', async () => {
    const does = deeds();
    render(PhotoCard, { photo: photoWith(detection(0.9, 0.9)), ...does });
    screen.getByText('2 faces covered');
    await fireEvent.click(screen.getByRole('button', { name: 'Review holiday.jpg' }));
    await fireEvent.click(screen.getByRole('button', { name: 'Download' }));
    expect(does.onreview).toHaveBeenCalledOnce();
    expect(does.onsave).toHaveBeenCalledOnce();
  });

  it('offers no download for a review that the result does not show', () => {
    const photo = photoWith(detection(0.9));
    photo.decide(withMark(photo.review, box(50)));
    render(PhotoCard, { photo, ...deeds() });
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Download' }).disabled).toBe(true);
  });

  it('shows the share that is uploaded and can be cancelled', async () => {
    const photo = photoWith(undefined, 'uploading');
    photo.progress = 0.42;
    const does = deeds();
    render(PhotoCard, { photo, ...does });
    screen.getByText('Uploading, 42 %');
    expect(screen.getByRole<HTMLProgressElement>('progressbar').value).toBeCloseTo(0.42);
    await fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(does.oncancel).toHaveBeenCalledOnce();
    expect(screen.queryByRole('button', { name: 'Download' })).toBeNull();
  });

  it('says in plain words what went wrong and what to do', async () => {
    const photo = photoWith(undefined, 'failed');
    photo.problem = new PhotoProblem('damaged');
    const does = deeds();
    render(PhotoCard, { photo, ...does });
    screen.getByText('This photo is damaged');
    screen.getByText(/incomplete or broken/);
    expect(screen.queryByRole('button', { name: 'Try again' }), 'the same file fails again').toBeNull();
    await fireEvent.click(screen.getByRole('button', { name: 'Remove' }));
    expect(does.onremove).toHaveBeenCalledOnce();
  });

  it('offers another try where it may come out otherwise', async () => {
    const photo = photoWith(undefined, 'failed');
    photo.problem = new PhotoProblem('unreachable');
    const does = deeds();
    render(PhotoCard, { photo, ...does });
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(does.onretry).toHaveBeenCalledOnce();
  });

  it('counts down while a server is busy', () => {
    const photo = photoWith(undefined, 'waiting');
    photo.problem = new PhotoProblem('busy', { retryAfterMs: 5000 });
    photo.tryAgainAt = 5000;
    render(PhotoCard, { photo, ...deeds(), now: 1500 });
    screen.getByText('The server is busy. Trying again in 4 seconds');
  });

  it('points at unsure faces', () => {
    render(PhotoCard, { photo: photoWith(detection(0.9, 0.4)), ...deeds() });
    screen.getByText('1 to look at');
  });
});

describe('what is said of a photo', () => {
  it('tells found, covered, left and drawn apart', () => {
    expect(coverage(photoWith(detection()))).toBe('No face found');
    const photo = photoWith(detection(0.9, 0.9));
    const [first, second] = photo.review.marks;
    photo.decide(withToggled(photo.review, first?.id ?? 0));
    expect(coverage(photo)).toBe('1 of 2 faces covered');
    photo.decide(withToggled(photo.review, second?.id ?? 0));
    expect(coverage(photo)).toBe('Nothing is covered');
    photo.decide(withMark(photo.review, box(70)));
    expect(coverage(photo)).toBe('1 of 3 areas covered');
  });

  it('labels a box for a screen reader', () => {
    const mark = { id: 1, box: box(0), origin: 'found', score: 0.4, covered: true } as const;
    expect(markLabel(mark, 3)).toBe('Face 3, covered, worth a second look');
    expect(markLabel({ ...mark, origin: 'drawn', score: 1, covered: false }, 4)).toBe('Box 4, left visible');
  });
});

describe('a notice', () => {
  const handlers = () => ({ onthorough: vi.fn(), ondraw: vi.fn(), onretry: vi.fn(), oncancel: vi.fn() });

  it('says that no face was found and offers to look thoroughly or to draw', async () => {
    const does = handlers();
    render(ReviewNotice, { photo: photoWith(detection()), ...does });
    screen.getByRole('heading', { name: 'No face found' });
    await fireEvent.click(screen.getByRole('button', { name: 'Look thoroughly' }));
    await fireEvent.click(screen.getByRole('button', { name: 'Draw a box' }));
    expect(does.onthorough).toHaveBeenCalledOnce();
    expect(does.ondraw).toHaveBeenCalledOnce();
  });

  it('does not offer the thorough search twice', () => {
    const photo = photoWith(detection());
    photo.wantedProfile = 'thorough';
    photo.takeDetection('thorough', detection());
    render(ReviewNotice, { photo, ...handlers() });
    expect(screen.queryByRole('button', { name: 'Look thoroughly' })).toBeNull();
  });

  it('warns when nothing is covered', () => {
    const photo = photoWith(detection(0.9));
    photo.decide(withToggled(photo.review, photo.review.marks[0]?.id ?? 0));
    render(ReviewNotice, { photo, ...handlers() });
    screen.getByRole('heading', { name: 'Nothing is covered' });
  });

  it('says that the original cannot be shown', () => {
    const photo = photoWith(detection(0.9));
    photo.originalShown = false;
    render(ReviewNotice, { photo, ...handlers() });
    screen.getByText(/Your browser cannot show this kind of photo/);
  });
});

describe('the list of faces', () => {
  it('switches a face, zooms to it, and removes only what was drawn', async () => {
    const review = withMark(photoWith(detection(0.9, 0.4)).review, box(60));
    const does = {
      onshow: vi.fn(),
      ontoggle: vi.fn(),
      onshape: vi.fn(),
      onmargin: vi.fn(),
      onstyle: vi.fn(),
      onremove: vi.fn(),
    };
    render(FaceList, {
      marks: review.marks,
      pixels: undefined,
      selected: undefined,
      shape: 'ellipse',
      margin: 0.1,
      style: 'blur',
      ...does,
    });
    const rows = screen.getAllByRole('listitem');
    expect(rows).toHaveLength(3);
    expect(screen.getAllByText('Second look')).toHaveLength(1);
    const switches = screen.getAllByRole('switch');
    expect(switches.map((one) => one.getAttribute('aria-checked'))).toEqual(['true', 'true', 'true']);
    await fireEvent.click(screen.getByRole('switch', { name: 'Cover Face 2' }));
    expect(does.ontoggle).toHaveBeenCalledWith(review.marks[1]);
    await fireEvent.click(screen.getByRole('button', { name: 'Zoom to Face 1' }));
    expect(does.onshow).toHaveBeenCalledWith(review.marks[0]);
    expect(screen.getAllByRole('button', { name: /^Remove/ })).toHaveLength(1);
    await fireEvent.click(within(rows[2] as HTMLElement).getByRole('button', { name: 'Remove Box 3' }));
    expect(does.onremove).toHaveBeenCalledWith(review.marks[2]);
  });
});

describe('a face in the list that is selected', () => {
  it('can have a style of its own', async () => {
    const [face] = photoWith(detection(0.9)).review.marks;
    const onstyle = vi.fn();
    render(FaceList, {
      marks: face ? [face] : [],
      pixels: undefined,
      selected: face?.id,
      shape: 'ellipse',
      margin: 0.1,
      style: 'blur',
      onshow: vi.fn(),
      ontoggle: vi.fn(),
      onshape: vi.fn(),
      onmargin: vi.fn(),
      onstyle,
      onremove: vi.fn(),
    });
    const choice = screen.getByRole<HTMLSelectElement>('combobox', { name: 'Look of Face 1' });
    expect(choice.value).toBe('blur');
    await fireEvent.change(choice, { target: { value: 'fill' } });
    expect(onstyle).toHaveBeenCalledWith(face, 'fill');
  });
});

describe('the controls', () => {
  it('show only what the style uses', async () => {
    const does = { onlook: vi.fn(), onprofile: vi.fn() };
    const props = { look: kDefaultLook, profile: 'balanced' as const, ...does };
    const view = render(LookControls, props);
    expect(screen.queryByLabelText('Color')).toBeNull();
    expect(screen.queryByLabelText('Squares across a face')).toBeNull();
    await view.rerender({ ...props, look: { ...kDefaultLook, style: 'fill' } });
    screen.getByLabelText('Color');
    await view.rerender({ ...props, look: { ...kDefaultLook, style: 'pixelate' } });
    screen.getByLabelText('Squares across a face');
  });

  it('tell a drag from what it ends with', async () => {
    const does = { onlook: vi.fn(), onprofile: vi.fn() };
    render(LookControls, { look: kDefaultLook, profile: 'balanced', ...does });
    const slider = screen.getByLabelText('Margin around the face');
    await fireEvent.input(slider, { target: { value: '30' } });
    expect(does.onlook).toHaveBeenLastCalledWith({ margin: 0.3 }, false);
    screen.getByText('30 %');
    await fireEvent.change(slider, { target: { value: '35' } });
    expect(does.onlook).toHaveBeenLastCalledWith({ margin: 0.35 }, true);
    await fireEvent.click(screen.getByRole('radio', { name: 'Thorough' }));
    expect(does.onprofile).toHaveBeenCalledWith('thorough');
    await fireEvent.click(screen.getByRole('radio', { name: 'Pixelate' }));
    expect(does.onlook).toHaveBeenLastCalledWith({ style: 'pixelate' }, true);
  });
});

describe('files', () => {
  it('come from the picker', async () => {
    const onfiles = vi.fn();
    const { container } = render(Picker, { large: true, onfiles });
    const input = container.querySelector<HTMLInputElement>('[data-picker=photos]');
    const file = new File(['x'], 'a.jpg');
    Object.defineProperty(input, 'files', { value: [file] });
    if (input) await fireEvent.change(input);
    expect(onfiles).toHaveBeenCalledWith([file]);
  });

  it('come from dropped folders, without what systems hide in them', async () => {
    const entry = (name: string) => ({
      isFile: true,
      isDirectory: false,
      file: (done: (file: File) => void) => done(new File(['x'], name)),
    });
    const folder = (entries: unknown[]) => ({
      isFile: false,
      isDirectory: true,
      createReader: () => {
        const rest = [...entries];
        return { readEntries: (done: (some: unknown[]) => void) => done(rest.splice(0, 1)) };
      },
    });
    const tree = folder([entry('a.jpg'), folder([entry('b.png'), entry('.DS_Store')]), entry('Thumbs.db')]);
    const data = { items: [{ webkitGetAsEntry: () => tree }], files: [], types: ['Files'] };
    const files = await filesOf(data as unknown as DataTransfer);
    expect(files.map((file) => file.name)).toEqual(['a.jpg', 'b.png']);
    expect(carriesFiles(data as unknown as DataTransfer)).toBe(true);
    expect(carriesFiles(null)).toBe(false);
  });
});
