// What a person decided about one photo: a value that is replaced, never changed.
import {
  kDefaultLook,
  kDefaultProfile,
  type Box,
  type Detection,
  type Face,
  type Look,
  type Profile,
  type Region,
  type Shape,
  type Size,
  type Style,
} from '../api/types';
import { areaOf, mergedOverFrames, overlapOf, shared } from './geometry';
import { boxOf, carriedTo, dabsOf, scaled, type Stroke } from './stroke';

export interface Mark {
  readonly id: number;
  readonly box: Box;
  readonly origin: 'found' | 'drawn';
  /** Of the brush; `box` is around it. */
  readonly stroke?: Stroke | undefined;
  /** Of a found face, 0..1; drawn ones have none. */
  readonly score?: number;
  readonly covered: boolean;
  /** A found face whose box someone put right: another search does not move it back. */
  readonly corrected?: boolean;
  /** Of its own; undefined: the look's. */
  readonly shape?: Shape | undefined;
  /** Of its own, as a share of its size on each side; undefined: the look's, and none for a drawn one. */
  readonly margin?: number | undefined;
  /** Of its own; undefined: the look's. */
  readonly style?: Style | undefined;
}

export interface Review {
  readonly profile: Profile;
  /** Of a face that counts, where someone set it; undefined: as the search has it. */
  readonly minScore?: number | undefined;
  readonly look: Look;
  readonly marks: readonly Mark[];
  readonly nextId: number;
}

/**
 * Found faces below this score are marked for a second look. Measured with the balanced search on 120
 * press photos: 102 of 528 boxes were below, and 11 % of those were labelled faces; above it 73 %.
 */
export const kSecondLookScore = 0.6;

export function startReview(look: Look = kDefaultLook, profile: Profile = kDefaultProfile): Review {
  return { profile, look, marks: [], nextId: 1 };
}

export function needsSecondLook(mark: Mark): boolean {
  return mark.score !== undefined && mark.score < kSecondLookScore;
}

/** Row by row as one reads: faces whose middles are less than half a face apart in height are one row. */
function inReadingOrder(faces: readonly Face[]): Face[] {
  const middle = (face: Face) => face.box.y + face.box.height / 2;
  const rows: { faces: Face[]; y: number; height: number }[] = [];
  for (const face of [...faces].sort((a, b) => middle(a) - middle(b))) {
    const row = rows.at(-1);
    if (row && middle(face) - row.y < Math.max(row.height, face.box.height) / 2) row.faces.push(face);
    else rows.push({ faces: [face], y: middle(face), height: face.box.height });
  }
  return rows.flatMap((row) =>
    row.faces.sort((a, b) => a.box.x + a.box.width / 2 - b.box.x - b.box.width / 2),
  );
}

/**
 * Takes a detection in: its faces replace those of the one before. What was drawn or put right stays,
 * and a face that was left visible stays so where the new detection finds it again.
 */
export function withDetection(
  review: Review,
  profile: Profile,
  detection: Detection,
  minScore?: number,
): Review {
  const own = review.marks.filter((mark) => mark.origin === 'drawn' || mark.corrected);
  const left = review.marks.filter((mark) => !own.includes(mark) && !mark.covered);
  const animated = detection.faces.some((face) => face.frame !== undefined);
  const all = animated ? mergedOverFrames(detection.faces) : detection.faces;
  const corrected = own.filter((mark) => mark.corrected);
  const faces = inReadingOrder(
    all.filter((face) => !corrected.some((mark) => overlapOf(mark.box, face.box) >= 0.3)),
  );
  const found = faces.map((face, index): Mark => ({
    id: review.nextId + index,
    box: face.box,
    origin: 'found',
    score: face.score,
    covered: !left.some((mark) => overlapOf(mark.box, face.box) >= 0.5),
  }));
  const marks = [...found, ...own];
  return { ...review, profile, minScore, marks, nextId: review.nextId + found.length };
}

/** Of a detection that has at least these faces, those that are as sure. */
export function withMinScore(review: Review, minScore: number, detection: Detection): Review {
  const faces = detection.faces.filter(({ score }) => score >= minScore);
  return withDetection(review, review.profile, { ...detection, faces }, minScore);
}

export function withLook(review: Review, change: Partial<Look>): Review {
  return { ...review, look: { ...review.look, ...change } };
}

export function withMark(review: Review, box: Box): Review {
  const mark: Mark = { id: review.nextId, box, origin: 'drawn', covered: true };
  return { ...review, marks: [...review.marks, mark], nextId: review.nextId + 1 };
}

export function withStroke(review: Review, stroke: Stroke): Review {
  return withStrokeOf(withMark(review, boxOf(stroke)), review.nextId, stroke);
}

/** The stroke of a mark goes on. */
export function withStrokeOf(review: Review, id: number, stroke: Stroke): Review {
  return withMarkChanged(review, id, { stroke, box: boxOf(stroke) });
}

function withMarkChanged(review: Review, id: number, change: Partial<Mark>): Review {
  return { ...review, marks: review.marks.map((mark) => (mark.id === id ? { ...mark, ...change } : mark)) };
}

export function withToggled(review: Review, id: number): Review {
  const mark = review.marks.find((one) => one.id === id);
  return mark ? withMarkChanged(review, id, { covered: !mark.covered }) : review;
}

export function withCovered(review: Review, id: number, covered: boolean): Review {
  return withMarkChanged(review, id, { covered });
}

export function withShape(review: Review, id: number, shape: Shape): Review {
  return withMarkChanged(review, id, { shape });
}

export function withMargin(review: Review, id: number, margin: number): Review {
  return withMarkChanged(review, id, { margin });
}

export function withStyle(review: Review, id: number, style: Style): Review {
  return withMarkChanged(review, id, { style });
}

export function withAllCovered(review: Review, covered: boolean): Review {
  return { ...review, marks: review.marks.map((mark) => ({ ...mark, covered })) };
}

export function withBox(review: Review, id: number, box: Box): Review {
  const mark = review.marks.find((one) => one.id === id);
  if (!mark) return review;
  const stroke = mark.stroke && carriedTo(mark.stroke, box);
  return withMarkChanged(review, id, {
    box: stroke ? boxOf(stroke) : box,
    corrected: mark.origin === 'found',
    ...(stroke ? { stroke } : {}),
  });
}

export function withoutMark(review: Review, id: number): Review {
  return { ...review, marks: review.marks.filter((mark) => mark.id !== id) };
}

/** What was drawn on one photo, at the same place of another; boxes that are there already are not doubled. */
export function withBoxesOf(review: Review, size: Size, from: Review, fromSize: Size): Review {
  const across = size.width / fromSize.width;
  const down = size.height / fromSize.height;
  return from.marks
    .filter((mark) => mark.origin === 'drawn')
    .reduce((next, { box, shape, margin, style, covered, stroke: painted }) => {
      const stroke = painted && scaled(painted, fromSize, size);
      const there = stroke
        ? boxOf(stroke)
        : {
            x: box.x * across,
            y: box.y * down,
            width: box.width * across,
            height: box.height * down,
          };
      if (next.marks.some((mark) => mark.origin === 'drawn' && overlapOf(mark.box, there) > 0.9)) return next;
      const mark: Mark = {
        id: next.nextId,
        box: there,
        origin: 'drawn',
        covered,
        shape,
        margin,
        style,
        stroke,
      };
      return { ...next, marks: [...next.marks, mark], nextId: next.nextId + 1 };
    }, review);
}

/** The service's own margin is for faces: what someone draws is covered as drawn. */
function regionOf(mark: Mark): Region {
  const { box, shape, margin, style } = mark;
  const own = style === undefined ? {} : { style };
  if (mark.origin === 'drawn') return { ...box, shape: shape ?? 'box', margin: margin ?? 0, ...own };
  return {
    ...box,
    ...own,
    ...(shape === undefined ? {} : { shape }),
    ...(margin === undefined ? {} : { margin }),
  };
}

/** What covers one mark: a region, or the many of a stroke with the box around them. */
export interface Cover extends Region {
  readonly dabs?: readonly Region[] | undefined;
}

function coverOf(mark: Mark): Cover {
  if (!mark.stroke) return regionOf(mark);
  const own = mark.style === undefined ? {} : { style: mark.style };
  return { ...mark.box, dabs: dabsOf(mark.stroke, mark.margin).map((dab) => ({ ...dab, ...own })) };
}

export function coversOf(review: Review): Cover[] {
  return review.marks.filter((mark) => mark.covered).map(coverOf);
}

export function regionsOf(covers: readonly Cover[]): Region[] {
  return covers.flatMap((cover) => cover.dabs ?? [cover]);
}

export function coveredRegions(review: Review): Region[] {
  return regionsOf(coversOf(review));
}

export function keptBoxes(review: Review): Box[] {
  return review.marks.filter((mark) => !mark.covered && mark.origin === 'found').map((mark) => mark.box);
}

/** How much of a face may lie under its neighbors' boxes before that is worth a word. */
const kMostHidden = 0.1;

/** Faces that were left visible and yet lie under the box of a covered one: the service cannot help that. */
export function partlyHidden(review: Review): Mark[] {
  const covered = review.marks
    .filter((mark) => mark.covered)
    .flatMap(({ box, stroke }): readonly Box[] => (stroke ? dabsOf(stroke) : [box]));
  return review.marks.filter(
    (mark) =>
      !mark.covered &&
      mark.origin === 'found' &&
      covered.some((box) => shared(mark.box, box) > kMostHidden * areaOf(mark.box)),
  );
}

/** Two reviews with the same key ask for the same picture. */
export function keyOf(review: Review): string {
  const { style, shape, margin, cells, color } = review.look;
  const regions = coveredRegions(review);
  if (regions.length === 0) return 'nothing covered';
  const used = new Set([style, ...regions.map((region) => region.style ?? style)]);
  const extra = [used.has('pixelate') ? cells : null, used.has('fill') ? color : null];
  const flat = (box: Region) => [
    box.x,
    box.y,
    box.width,
    box.height,
    box.shape ?? null,
    box.margin ?? null,
    box.style ?? null,
  ];
  return JSON.stringify([style, shape, margin, extra, regions.map(flat), keptBoxes(review).map(flat)]);
}
