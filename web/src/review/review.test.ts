import { describe, expect, it } from 'vitest';
import type { Detection } from '../api/types';
import { pushed, redone, replaced, startHistory, undone } from './history';
import {
  coveredBoxes,
  keyOf,
  needsSecondLook,
  startReview,
  withBox,
  withDetection,
  withLook,
  withMark,
  withoutMark,
  withToggled,
} from './review';

const box = (x: number) => ({ x, y: 0, width: 10, height: 10 });
const detection = (...faces: [x: number, score: number][]): Detection => ({
  image: { width: 100, height: 100 },
  faces: faces.map(([x, score]) => ({ box: box(x), score })),
});

const found = withDetection(startReview(), 'balanced', detection([50, 0.9], [0, 0.4]));

describe('a review', () => {
  it('covers every found face until someone decides otherwise', () => {
    expect(coveredBoxes(found)).toEqual([box(0), box(50)]);
  });

  it('numbers faces from left to right', () => {
    expect(found.marks.map((mark) => mark.box.x)).toEqual([0, 50]);
  });

  it('marks unsure faces, and never drawn boxes, for a second look', () => {
    const drawn = withMark(found, box(80));
    expect(drawn.marks.map(needsSecondLook)).toEqual([true, false, false]);
  });

  it('leaves a face that was toggled, and covers it when toggled again', () => {
    const [first] = found.marks;
    const left = withToggled(found, first?.id ?? 0);
    expect(coveredBoxes(left)).toEqual([box(50)]);
    expect(coveredBoxes(withToggled(left, first?.id ?? 0))).toEqual(coveredBoxes(found));
  });

  it('does not change the value it came from', () => {
    const before = JSON.stringify(found);
    withToggled(found, 1);
    withMark(found, box(3));
    expect(JSON.stringify(found)).toBe(before);
  });

  it('draws, moves and removes a box', () => {
    const drawn = withMark(found, box(80));
    const id = drawn.marks.at(-1)?.id ?? 0;
    expect(coveredBoxes(withBox(drawn, id, box(70)))).toContainEqual(box(70));
    expect(coveredBoxes(withoutMark(drawn, id))).toEqual(coveredBoxes(found));
  });

  it('keeps drawn boxes and left faces over another search', () => {
    const left = withToggled(withMark(found, box(80)), found.marks[1]?.id ?? 0);
    const again = withDetection(left, 'thorough', detection([1, 0.5], [51, 0.95], [30, 0.8]));
    expect(again.profile).toBe('thorough');
    expect(coveredBoxes(again)).toEqual([box(1), box(30), box(80)]);
    expect(new Set(again.marks.map((mark) => mark.id)).size).toBe(again.marks.length);
  });
});

describe('the key of a review', () => {
  it('changes with what is covered and how', () => {
    const keys = [
      keyOf(found),
      keyOf(withToggled(found, found.marks[0]?.id ?? 0)),
      keyOf(withLook(found, { style: 'pixelate' })),
      keyOf(withLook(found, { style: 'pixelate', cells: 3 })),
      keyOf(withLook(found, { margin: 0.2 })),
      keyOf(withLook(found, { shape: 'box' })),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('does not change with what the picture does not show', () => {
    expect(keyOf(withLook(found, { color: '#ff0000' }))).toBe(keyOf(found));
    expect(keyOf(withLook(found, { cells: 2 }))).toBe(keyOf(found));
    const none = startReview();
    expect(keyOf(withLook(none, { style: 'fill' }))).toBe(keyOf(none));
  });
});

describe('undo and redo', () => {
  it('go back and forth through the steps', () => {
    const history = pushed(pushed(startHistory('a'), 'b'), 'c');
    expect(undone(history).present).toBe('b');
    expect(undone(undone(undone(history))).present).toBe('a');
    expect(redone(undone(history)).present).toBe('c');
    expect(redone(history)).toBe(history);
  });

  it('a new step forgets what was undone', () => {
    const history = pushed(undone(pushed(startHistory('a'), 'b')), 'c');
    expect(redone(history).present).toBe('c');
    expect(undone(history).present).toBe('a');
  });

  it('the moves within a drag are one step', () => {
    const history = replaced(replaced(pushed(startHistory('a'), 'b'), 'c'), 'd');
    expect(history.present).toBe('d');
    expect(undone(history).present).toBe('a');
  });
});
