// What fingers and the pointer do on the stage: a value that each event replaces, and what follows from
// it. Nothing here reveals a face: that is a click's business, and a click is what never travelled.
import type { Box, Size } from '../api/types';
import { boxBetween, cutTo, holds, leastSide, moved, type Point } from './geometry';
import type { Mark } from './review';
import { extended, type Stroke } from './stroke';
import { fitScale, panned, toPicture, toStage, zoomed, type Viewport } from './viewport';

export type Mode = 'review' | 'draw' | 'compare';
export type Corner = 'nw' | 'ne' | 'sw' | 'se';
export const kCorners: readonly Corner[] = ['nw', 'ne', 'sw', 'se'];

/** CSS px left free around the picture when all of it is shown. */
export const kPadding = 12;
/** CSS px: a press that moves less is a click. */
const kClickSlack = 5;
/** CSS px: a finger that goes so far to a side turns to another photo. */
const kSwipe = 60;
/** CSS px: smaller faces are pressed in an area of this size. */
const kLeastTarget = 28;

/** What is under the hand when it comes down. */
export type Target =
  | { readonly on: 'picture' }
  | { readonly on: 'divider' }
  | { readonly on: 'corner'; readonly corner: Corner };

export interface Scene {
  readonly picture: Size;
  readonly room: Size;
  readonly view: Viewport;
  readonly marks: readonly Mark[];
  readonly selected: number | undefined;
  readonly mode: Mode;
  /** What draws leaves a stroke, so wide in CSS px; undefined: a box. */
  readonly brush?: number | undefined;
}

export interface Press {
  readonly pointer: number;
  /** On the stage. */
  readonly at: Point;
  readonly target: Target;
  readonly middleButton: boolean;
  readonly finger: boolean;
}

type Gesture =
  | { readonly kind: 'pan' }
  | { readonly kind: 'swipe' }
  | { readonly kind: 'draw'; readonly from: Point }
  | { readonly kind: 'paint' }
  | { readonly kind: 'move'; readonly id: number; readonly start: Box; readonly from: Point }
  | { readonly kind: 'resize'; readonly id: number; readonly anchor: Point }
  | { readonly kind: 'split' }
  | { readonly kind: 'pinch'; readonly distance: number; readonly center: Point };

export interface Hand {
  readonly pointers: ReadonlyMap<number, Point>;
  readonly gesture: Gesture | undefined;
  readonly pressed: Point;
  /** Too far for a click. */
  readonly travelled: boolean;
  /** A box that is being drawn. */
  readonly sketch: Box | undefined;
  /** A stroke that is being painted. */
  readonly stroke: Stroke | undefined;
}

export type Effect =
  | { readonly do: 'view'; readonly view: Viewport }
  | { readonly do: 'split'; readonly share: number }
  | { readonly do: 'draw'; readonly box: Box }
  | { readonly do: 'paint'; readonly stroke: Stroke }
  /** `box` is undefined where only a drag's end is to be told. */
  | { readonly do: 'change'; readonly id: number; readonly box: Box | undefined; readonly settled: boolean }
  | { readonly do: 'turn'; readonly by: 1 | -1 };

export interface Step {
  readonly hand: Hand;
  readonly effects: readonly Effect[];
}

export const kIdle: Hand = {
  pointers: new Map(),
  gesture: undefined,
  pressed: { x: 0, y: 0 },
  travelled: false,
  sketch: undefined,
  stroke: undefined,
};

/** A box on the stage, grown to what a finger can hit. */
export function targetOf(view: Viewport, box: Box): Box {
  const shown = toStage(view, box);
  const width = Math.max(shown.width, kLeastTarget);
  const height = Math.max(shown.height, kLeastTarget);
  return {
    x: shown.x - (width - shown.width) / 2,
    y: shown.y - (height - shown.height) / 2,
    width,
    height,
  };
}

/**
 * Whose box someone means who presses there. Small faces' targets lie over each other: a box that holds
 * the point goes first, then the one with the nearest middle.
 */
export function markAt(scene: Pick<Scene, 'marks' | 'view'>, at: Point): Mark | undefined {
  const near = scene.marks
    .filter((mark) => holds(targetOf(scene.view, mark.box), at))
    .map((mark) => {
      const shown = toStage(scene.view, mark.box);
      const apart = Math.hypot(shown.x + shown.width / 2 - at.x, shown.y + shown.height / 2 - at.y);
      return { mark, apart, inside: holds(shown, at) };
    });
  near.sort((a, b) => Number(b.inside) - Number(a.inside) || a.apart - b.apart);
  return near[0]?.mark;
}

function pinchOf(pointers: ReadonlyMap<number, Point>): { distance: number; center: Point } {
  const [a, b] = [...pointers.values()];
  if (!a || !b) return { distance: 1, center: { x: 0, y: 0 } };
  return {
    distance: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)),
    center: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 },
  };
}

export function showsAll({ view, picture, room }: Pick<Scene, 'view' | 'picture' | 'room'>): boolean {
  return view.scale <= fitScale(picture, room, kPadding) * 1.001;
}

function paints({ mode, brush }: Scene): boolean {
  return mode === 'draw' && brush !== undefined;
}

function strokeFrom(at: Point, { view, brush = 1 }: Scene): Stroke {
  return { points: [toPicture(view, at)], width: brush / view.scale };
}

function gestureFor(press: Press, scene: Scene): Gesture {
  if (press.middleButton) return { kind: 'pan' };
  if (press.target.on === 'divider') return { kind: 'split' };
  const chosen = scene.mode === 'compare' ? undefined : scene.marks.find((one) => one.id === scene.selected);
  if (press.target.on === 'corner' && chosen) {
    const { x, y, width, height } = chosen.box;
    const { corner } = press.target;
    // The corner across stays where it is.
    const anchor = { x: corner.includes('w') ? x + width : x, y: corner.includes('n') ? y + height : y };
    return { kind: 'resize', id: chosen.id, anchor };
  }
  if (paints(scene)) return { kind: 'paint' };
  const from = toPicture(scene.view, press.at);
  if (chosen && markAt(scene, press.at) === chosen) {
    return { kind: 'move', id: chosen.id, start: chosen.box, from };
  }
  if (scene.mode === 'draw') return { kind: 'draw', from };
  return { kind: press.finger && showsAll(scene) ? 'swipe' : 'pan' };
}

/** The box of a drag that was broken off stays where it is. */
function brokenOff({ gesture, travelled }: Hand): Effect[] {
  if (!travelled || (gesture?.kind !== 'move' && gesture?.kind !== 'resize')) return [];
  return [{ do: 'change', id: gesture.id, box: undefined, settled: true }];
}

export function press(hand: Hand, event: Press, scene: Scene): Step {
  const pointers = new Map(hand.pointers).set(event.pointer, event.at);
  if (pointers.size > 1) {
    return {
      hand: {
        ...hand,
        pointers,
        sketch: undefined,
        stroke: undefined,
        travelled: true,
        gesture: { kind: 'pinch', ...pinchOf(pointers) },
      },
      effects: brokenOff(hand),
    };
  }
  const gesture = gestureFor(event, scene);
  const stroke = gesture.kind === 'paint' ? strokeFrom(event.at, scene) : undefined;
  return { hand: { ...kIdle, pointers, gesture, pressed: event.at, stroke }, effects: [] };
}

function atLeast(box: Box, picture: Size): Box {
  const least = leastSide(picture);
  return { ...box, width: Math.max(box.width, least), height: Math.max(box.height, least) };
}

export function drag(hand: Hand, pointer: number, at: Point, scene: Scene): Step {
  const before = hand.pointers.get(pointer);
  if (!before || !hand.gesture) return { hand, effects: [] };
  const far = Math.hypot(at.x - hand.pressed.x, at.y - hand.pressed.y) >= kClickSlack;
  if (!hand.travelled && !far) return { hand, effects: [] };
  const pointers = new Map(hand.pointers).set(pointer, at);
  const next: Hand = { ...hand, pointers, travelled: true };
  return follow(next, hand.gesture, at, { x: at.x - before.x, y: at.y - before.y }, scene);
}

function follow(hand: Hand, gesture: Gesture, at: Point, by: Point, scene: Scene): Step {
  const { view, picture, room } = scene;
  const spot = toPicture(view, at);
  switch (gesture.kind) {
    case 'swipe':
      return { hand, effects: [] };
    case 'pan':
      return { hand, effects: [{ do: 'view', view: panned(view, by, picture, room) }] };
    case 'draw':
      return { hand: { ...hand, sketch: cutTo(boxBetween(gesture.from, spot), picture) }, effects: [] };
    case 'paint':
      return { hand: { ...hand, stroke: hand.stroke && extended(hand.stroke, spot) }, effects: [] };
    case 'move': {
      const shift = { x: spot.x - gesture.from.x, y: spot.y - gesture.from.y };
      const box = moved(gesture.start, shift, picture);
      return { hand, effects: [{ do: 'change', id: gesture.id, box, settled: false }] };
    }
    case 'resize': {
      const box = atLeast(cutTo(boxBetween(gesture.anchor, spot), picture), picture);
      return { hand, effects: [{ do: 'change', id: gesture.id, box, settled: false }] };
    }
    case 'split':
      return { hand, effects: [{ do: 'split', share: Math.min(Math.max(at.x / room.width, 0), 1) }] };
    case 'pinch': {
      const next = pinchOf(hand.pointers);
      const shift = { x: next.center.x - gesture.center.x, y: next.center.y - gesture.center.y };
      const shifted = panned(view, shift, picture, room);
      const factor = next.distance / gesture.distance;
      return {
        hand: { ...hand, gesture: { kind: 'pinch', ...next } },
        effects: [{ do: 'view', view: zoomed(shifted, factor, next.center, picture, room, kPadding) }],
      };
    }
  }
}

function finish(hand: Hand, last: Point, { picture }: Scene): Effect[] {
  const { gesture, sketch, stroke, travelled, pressed } = hand;
  // A dot where the hand did not move.
  if (gesture?.kind === 'paint') return stroke ? [{ do: 'paint', stroke }] : [];
  if (gesture?.kind === 'draw' && sketch) {
    const least = leastSide(picture);
    return sketch.width >= least && sketch.height >= least ? [{ do: 'draw', box: sketch }] : [];
  }
  if (gesture?.kind === 'swipe' && travelled) {
    const across = last.x - pressed.x;
    const down = last.y - pressed.y;
    if (Math.abs(across) < kSwipe || Math.abs(across) < 2 * Math.abs(down)) return [];
    return [{ do: 'turn', by: across < 0 ? 1 : -1 }];
  }
  return brokenOff(hand);
}

export function lift(hand: Hand, pointer: number, scene: Scene): Step {
  const last = hand.pointers.get(pointer);
  if (!last) return { hand, effects: [] };
  const pointers = new Map(hand.pointers);
  pointers.delete(pointer);
  if (pointers.size > 0) {
    const gesture = hand.gesture?.kind === 'pinch' ? ({ kind: 'pan' } as const) : hand.gesture;
    return { hand: { ...hand, pointers, gesture }, effects: [] };
  }
  return {
    hand: { ...kIdle, pressed: hand.pressed, travelled: hand.travelled },
    effects: finish(hand, last, scene),
  };
}

/** The system took the pointer away. */
export function cancel(hand: Hand, pointer: number): Step {
  const pointers = new Map(hand.pointers);
  pointers.delete(pointer);
  return { hand: { ...kIdle, pointers, travelled: true }, effects: brokenOff(hand) };
}
