// What of a review can be told to who runs the service: numbers about boxes, and nothing of the picture.
import type { Box, Detection, Face, Profile, Size } from '../api/types';
import { holds, overlapOf } from './geometry';
import type { Mark, Review } from './review';

export type Action = 'confirmed' | 'removed' | 'moved' | 'drawn';

export interface ReportedBox {
  readonly box: Box;
  readonly action: Action;
  readonly score?: number;
  readonly best_candidate?: number | null;
  /** Where the box lies in the picture that goes along with it, in px of that picture. */
  readonly crop?: Box;
}

/** The body of POST /v1/feedback. */
export interface FeedbackReport {
  readonly image: Size;
  readonly profile: Profile;
  /** Undefined: the service's own. */
  readonly min_score?: number | undefined;
  readonly model: string;
  readonly candidates: { readonly from: number; readonly passed_over: readonly number[] };
  readonly boxes: readonly ReportedBox[];
}

/** What a box does not say by itself. */
export interface Meaning {
  readonly drawnAreFaces: boolean;
  readonly leftAreNoFaces: boolean;
}

/** Down to this score the service is asked what it nearly found. */
export const kCandidatesFrom = 0.05;
/** As many as a report may have. */
const kMostPassedOver = 2000;

const kGrid = 64;
const hundredths = (score: number) => Math.round(score * 100) / 100;

/** To 1/64 of the long side, as the service keeps it: what is shown is what is kept. */
export function coarse(box: Box, { width, height }: Size): Box {
  const unit = Math.max(width, height) / kGrid;
  const rounded = (value: number) => Math.round(value / unit) * unit;
  const x = rounded(box.x);
  const y = rounded(box.y);
  return {
    x,
    y,
    width: Math.max(unit, rounded(box.x + box.width) - x),
    height: Math.max(unit, rounded(box.y + box.height) - y),
  };
}

const middleOf = (box: Box) => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });

/** A hand draws loosely: a face within the box, or about as large. */
function isAt(face: Face, box: Box): boolean {
  return (
    overlapOf(face.box, box) >= 0.3 || (holds(box, middleOf(face.box)) && overlapOf(face.box, box) >= 0.1)
  );
}

/** The brush is for what is no face. */
function isDrawnFace({ origin, covered, stroke }: Mark): boolean {
  return origin === 'drawn' && covered && !stroke;
}

function actionOf(mark: Mark, { drawnAreFaces, leftAreNoFaces }: Meaning): Action | undefined {
  if (mark.origin === 'drawn') return isDrawnFace(mark) && drawnAreFaces ? 'drawn' : undefined;
  if (!mark.covered) return leftAreNoFaces ? 'removed' : undefined;
  return mark.corrected ? 'moved' : 'confirmed';
}

function reported(mark: Mark, action: Action, picture: Size, candidates: readonly Face[]): ReportedBox {
  const box = coarse(mark.box, picture);
  if (mark.origin === 'found') return { box, action, score: hundredths(mark.score ?? 0) };
  const scores = candidates.filter((face) => isAt(face, mark.box)).map(({ score }) => score);
  return { box, action, best_candidate: scores.length > 0 ? hundredths(Math.max(...scores)) : null };
}

/** As many pictures as a report may have. */
const kMostCrops = 8;

/** What was corrected by hand: a picture of it shows why. */
export const correctedIn = ({ marks }: Review) =>
  marks
    .filter((mark) => (mark.origin === 'drawn' ? isDrawnFace(mark) : !mark.covered || mark.corrected))
    .slice(0, kMostCrops);

/** What a report tells of, in its order. */
export const toldOf = ({ marks }: Review, meaning: Meaning) =>
  marks.filter((mark) => actionOf(mark, meaning) !== undefined);

export const drawnOf = ({ marks }: Review) => marks.filter(isDrawnFace);
export const leftOf = ({ marks }: Review) => marks.filter((mark) => mark.origin === 'found' && !mark.covered);

/** An animation has boxes for all frames at once, of which nothing can be told. */
export function canReport(review: Review, detection: Detection | undefined): boolean {
  return (
    detection?.takesFeedback === true &&
    detection.model !== undefined &&
    review.marks.length > 0 &&
    detection.faces.every((face) => face.frame === undefined)
  );
}

/** Undefined where nothing is left to tell. `nearly`: what the service finds from kCandidatesFrom on. */
export function reportOf(review: Review, nearly: Detection, meaning: Meaning): FeedbackReport | undefined {
  const picture = nearly.image;
  const others = nearly.faces.filter(
    (face) => !review.marks.some((mark) => mark.origin === 'found' && overlapOf(mark.box, face.box) >= 0.3),
  );
  const boxes = review.marks.flatMap((mark) => {
    const action = actionOf(mark, meaning);
    return action ? [reported(mark, action, picture, others)] : [];
  });
  if (boxes.length === 0 || nearly.model === undefined) return undefined;
  const passedOver = others
    .filter((face) => !review.marks.some((mark) => isAt(face, mark.box)))
    .map(({ score }) => hundredths(score));
  return {
    image: picture,
    profile: review.profile,
    ...(review.minScore === undefined ? {} : { min_score: review.minScore }),
    model: nearly.model,
    candidates: { from: kCandidatesFrom, passed_over: passedOver.slice(0, kMostPassedOver) },
    boxes,
  };
}
