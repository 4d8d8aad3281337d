// The call that groups faces by whom they show.
import { headersWith, isRecord, jsonOf, posted } from './calls';
import { postWithXhr, type Post } from './http';
import { PhotoProblem, problemOf } from './problem';

/** A picture of one face with a little around it. */
export interface FacePicture {
  readonly picture: Blob;
  /** Faces of one photo are different people. */
  readonly photo: string;
}

/** Two faces, by their places among those that are sent. */
export type FacePair = readonly [one: number, other: number];

export interface Said {
  readonly same: readonly FacePair[];
  readonly different: readonly FacePair[];
}

export interface Grouped {
  /** Faces of one person each, the largest group first. */
  readonly groups: readonly (readonly number[])[];
  /** Groups that may be one person, the most alike first. */
  readonly alike: readonly { readonly groups: FacePair; readonly score: number }[];
  readonly notCompared: readonly number[];
}

/** What a request takes at most. */
export const kMostFaces = 512;

export type GroupFaces = (faces: readonly FacePicture[], said: Said, signal: AbortSignal) => Promise<Grouped>;

function outdated(): never {
  throw new PhotoProblem('page_outdated');
}

function indexIn(count: number, value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < count
    ? value
    : outdated();
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : outdated();
}

export function groupedOf(value: unknown, faces: number): Grouped {
  if (!isRecord(value)) return outdated();
  const groups = listOf(value['groups']).map((group) => listOf(group).map((face) => indexIn(faces, face)));
  const alike = listOf(value['alike']).map((likeness) => {
    if (!isRecord(likeness) || typeof likeness['score'] !== 'number') return outdated();
    const [one, other] = listOf(likeness['groups']).map((group) => indexIn(groups.length, group));
    return one === undefined || other === undefined
      ? outdated()
      : { groups: [one, other] as const, score: likeness['score'] };
  });
  const notCompared = listOf(value['not_compared']).map((one) =>
    isRecord(one) ? indexIn(faces, one['face']) : outdated(),
  );
  // A face in two groups would be left visible for one person while another is meant.
  const all = [...groups.flat(), ...notCompared];
  return all.length === faces && new Set(all).size === faces ? { groups, alike, notCompared } : outdated();
}

/** `base` is where the service is, with a slash at its end. */
export function createGroupFaces(
  keyOf: () => string | undefined,
  base = 'api/v1/',
  post: Post = postWithXhr,
): GroupFaces {
  return async (faces, said, signal) => {
    const form = new FormData();
    for (const { picture, photo } of faces) form.append(`face[${photo}]`, picture, 'face');
    if (said.same.length > 0) form.set('same', JSON.stringify(said.same));
    if (said.different.length > 0) form.set('different', JSON.stringify(said.different));
    const answer = await posted(post, `${base}groups`, form, { signal, headers: headersWith(keyOf()) });
    if (answer.status !== 200) throw await problemOf(answer);
    return groupedOf(await jsonOf(answer), faces.length);
  };
}
