// The people of this visit: their faces, cut out in the browser and grouped by the service once somebody
// agrees to it. All of it is in the page's memory and goes with it; the service keeps nothing.
import type { Client } from '../api/client';
import { kMostFaces, type FacePair, type GroupFaces, type Said } from '../api/people';
import { PhotoProblem } from '../api/problem';
import type { Box, Face, Size } from '../api/types';
import { overlapOf } from '../review/geometry';
import {
  kNobody,
  photoOf,
  regrouped,
  visibleFaces,
  withFaceOf,
  withNewPerson,
  type FaceKey,
  type KeyPair,
  type People,
} from '../review/people';
import { withCovered, type Mark } from '../review/review';
import { askedPatiently } from './backoff';
import { facePictures } from './face-pictures';
import type { Photo } from './photo.svelte';
import type { Queue } from './queue.svelte';

export interface KnownFace {
  readonly key: FaceKey;
  readonly picture: Blob;
  /** Of `picture`; freed with the face. */
  readonly url: string;
  /** What it is in; none: a photo of the person alone, which is not covered anywhere. */
  readonly photo: Photo | undefined;
  readonly box: Box;
}

/** Why a photo cannot stand for a person. */
export type ReferenceFault = 'none' | 'several' | 'unclear';

/** Of the largest face's height: smaller ones are nobody whom a photo is about. */
const kLeastSecondFace = 0.2;
const kLeastScore = 0.5;

export interface PeopleParts {
  readonly queue: Queue;
  readonly client: Client;
  readonly group: GroupFaces;
  readonly cut?: typeof facePictures;
}

interface Wanted {
  readonly photo: Photo;
  readonly size: Size;
  readonly marks: readonly Mark[];
}

function keyOf(photo: Photo, mark: Mark): FaceKey {
  return `${photo.id}:${mark.id}`;
}

export class PeopleOfVisit {
  /** Nothing is measured before. */
  agreed = $state(false);
  working = $state(false);
  problem = $state.raw<PhotoProblem>();
  all = $state.raw<People>(kNobody);
  faces = $state.raw<ReadonlyMap<FaceKey, KnownFace>>(new Map());
  /** Too small, turned or hidden. */
  notCompared = $state.raw<ReadonlySet<FaceKey>>(new Set());
  /** More than a request takes. */
  leftOut = $state(0);

  readonly #parts: PeopleParts;
  /** Faces that are visible by what was decided here. */
  readonly #shown = new Set<FaceKey>();
  #compared = $state('');
  #references = 0;
  #always = new AbortController();

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  /** Photos of which it is not known yet who is in them. */
  get waiting(): number {
    const { queue } = this.#parts;
    return queue.photos.filter((photo) => !photo.detection && (photo.busy || photo.step === 'waiting'))
      .length;
  }

  /** There are faces that were not compared with the others yet. */
  get stale(): boolean {
    return this.agreed && this.#signature(this.#wanted()) !== this.#compared;
  }

  /** All that may be compared: an animation's boxes are not one picture's. */
  #wanted(): Wanted[] {
    return this.#parts.queue.photos.flatMap((photo) => {
      const { detection, original } = photo;
      if (!detection || !original || detection.faces.some((face) => face.frame !== undefined)) return [];
      const marks = photo.review.marks.filter((mark) => mark.origin === 'found');
      return [{ photo, size: detection.image, marks }];
    });
  }

  #signature(wanted: readonly Wanted[]): string {
    return wanted.flatMap(({ photo, marks }) => marks.map((mark) => keyOf(photo, mark))).join();
  }

  async look(): Promise<void> {
    if (this.working || !this.agreed) return;
    this.working = true;
    this.problem = undefined;
    const signal = this.#always.signal;
    try {
      const wanted = this.#wanted();
      await this.#cutOut(wanted);
      const faces = this.#largest();
      const keys = faces.map((face) => face.key);
      const sent = faces.map(({ key, picture }) => ({ photo: photoOf(key), picture }));
      const grouped =
        sent.length === 0
          ? { groups: [], alike: [], notCompared: [] }
          : await askedPatiently(() => this.#parts.group(sent, this.#said(keys), signal), signal);
      signal.throwIfAborted();
      const named = (indices: readonly number[]) =>
        indices.flatMap((index) => (keys[index] === undefined ? [] : [keys[index]]));
      this.#compared = this.#signature(wanted);
      this.notCompared = new Set(named(grouped.notCompared));
      this.set(regrouped(this.all, { groups: grouped.groups.map(named), alike: grouped.alike }));
    } catch (error) {
      if (signal.aborted) return;
      this.problem = error instanceof PhotoProblem ? error : new PhotoProblem('server_fault');
    } finally {
      this.working = false;
    }
  }

  /** What was decided, in this and in all photos. */
  set(next: People): void {
    this.all = next;
    const wanted = visibleFaces(next);
    const changes = new Map<FaceKey, boolean>();
    for (const key of this.#shown) if (!wanted.has(key)) changes.set(key, true);
    for (const key of wanted) if (!this.#shown.has(key)) changes.set(key, false);
    this.#cover(changes);
  }

  /** Everybody is covered again, and nothing is known of anybody. */
  forget(): void {
    this.#always.abort();
    this.#always = new AbortController();
    this.set(kNobody);
    for (const face of this.faces.values()) URL.revokeObjectURL(face.url);
    this.faces = new Map();
    this.notCompared = new Set();
    this.#compared = '';
    this.agreed = false;
    this.problem = undefined;
  }

  /** A photo of somebody alone: of a person of the visit, or of somebody new. */
  async addReference(file: Blob, person?: number): Promise<ReferenceFault | undefined> {
    const { client, queue } = this.#parts;
    const { signal } = this.#always;
    // As the service lays it, and as a JPEG, which every browser shows.
    const request = { regions: [], look: queue.look, format: 'jpeg' } as const;
    const upright = (await askedPatiently(() => client.blur(file, request, { signal }), signal)).blob;
    const { image, faces } = await askedPatiently(
      () => client.detect(upright, 'balanced', { signal }),
      signal,
    );
    const face = onlyFace(faces);
    if (typeof face === 'string') return face;
    const [picture] = await (this.#parts.cut ?? facePictures)(upright, image, [face.box]);
    if (!picture) return 'unclear';
    const key = `alone-${++this.#references}:1`;
    const before = this.all;
    this.#know({ key, picture, url: URL.createObjectURL(picture), photo: undefined, box: face.box });
    this.all = person === undefined ? withNewPerson(before, key) : withFaceOf(before, person, key);
    await this.look();
    if (this.problem || this.notCompared.has(key)) {
      this.#drop(key);
      if (this.problem) this.set(before);
      return this.problem ? undefined : 'unclear';
    }
    return undefined;
  }

  #know(face: KnownFace): void {
    this.faces = new Map(this.faces).set(face.key, face);
  }

  #drop(key: FaceKey): void {
    const face = this.faces.get(key);
    if (face) URL.revokeObjectURL(face.url);
    const faces = new Map(this.faces);
    faces.delete(key);
    this.faces = faces;
  }

  async #cutOut(wanted: readonly Wanted[]): Promise<void> {
    const all = new Set(wanted.flatMap(({ photo, marks }) => marks.map((mark) => keyOf(photo, mark))));
    const gone = [...this.faces.values()].filter(({ key, photo }) => photo && !all.has(key));
    // Another search may have found the same face anew: visible again only if it is grouped again.
    this.#cover(new Map(gone.filter(({ key }) => this.#shown.has(key)).map(({ key }) => [key, true])));
    for (const { key } of gone) this.#drop(key);
    for (const { photo, size, marks } of wanted) {
      const fresh = marks.filter((mark) => !this.faces.has(keyOf(photo, mark)));
      const { original } = photo;
      if (fresh.length === 0 || !original) continue;
      const cut = this.#parts.cut ?? facePictures;
      const boxes = fresh.map((mark) => mark.box);
      const pictures = await cut(original, size, boxes);
      fresh.forEach((mark, index) => {
        const picture = pictures[index];
        if (!picture) return;
        const url = URL.createObjectURL(picture);
        this.#know({ key: keyOf(photo, mark), picture, url, photo, box: mark.box });
      });
    }
  }

  #largest(): KnownFace[] {
    const size = ({ photo, box }: KnownFace) => (photo ? box.height : Infinity);
    const faces = [...this.faces.values()].sort((a, b) => size(b) - size(a));
    this.leftOut = Math.max(0, faces.length - kMostFaces);
    return faces.slice(0, kMostFaces);
  }

  #said(keys: readonly FaceKey[]): Said {
    const places = new Map(keys.map((key, index) => [key, index]));
    const pairs = (said: readonly KeyPair[]) =>
      said.flatMap(([a, b]): FacePair[] => {
        const [one, other] = [places.get(a), places.get(b)];
        return one === undefined || other === undefined || one === other ? [] : [[one, other]];
      });
    return { same: pairs(this.all.same), different: pairs(this.all.different) };
  }

  #cover(changes: ReadonlyMap<FaceKey, boolean>): void {
    const touched = new Map<Photo, { mark: number; covered: boolean }[]>();
    for (const [key, covered] of changes) {
      const face = this.faces.get(key);
      if (covered) this.#shown.delete(key);
      else this.#shown.add(key);
      const mark = face?.photo && markOf(face.photo, face);
      if (!face?.photo || !mark || mark.covered === covered) continue;
      touched.set(face.photo, [...(touched.get(face.photo) ?? []), { mark: mark.id, covered }]);
    }
    for (const [photo, marks] of touched) {
      photo.decide(
        marks.reduce((review, { mark, covered }) => withCovered(review, mark, covered), photo.review),
      );
      this.#parts.queue.changed(photo);
    }
  }
}

/** Where another search gave the box another number, the box that lies where it lay. */
function markOf(photo: Photo, face: KnownFace): Mark | undefined {
  const { marks } = photo.review;
  return (
    marks.find((mark) => keyOf(photo, mark) === face.key) ??
    marks.find((mark) => mark.origin === 'found' && overlapOf(mark.box, face.box) >= 0.5)
  );
}

function onlyFace(faces: readonly Face[]): Face | ReferenceFault {
  const sure = faces.filter((face) => face.score >= kLeastScore);
  const most = Math.max(...sure.map((face) => face.box.height));
  const [first, second] = sure.filter((face) => face.box.height >= kLeastSecondFace * most);
  if (!first) return 'none';
  return second ? 'several' : first;
}
