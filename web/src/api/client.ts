// The calls about photos that the page makes.
import { headersWith, isRecord, jsonOf, lookFields, posted, rounded } from './calls';
import { notesFrom, type Note } from './notes';
import { postWithXhr, type Answer, type Post, type PostOptions } from './http';
import { createHeldPhotos } from './held';
import { PhotoProblem, problemOf } from './problem';
import type { Box, Detection, Face, Look, Profile, Region, Size } from './types';

export interface BlurRequest {
  /** Exactly what is covered: nothing is searched for. */
  readonly regions: readonly Region[];
  /** Faces that stay visible: what covers their neighbors gives way to them. */
  readonly keep?: readonly Box[];
  readonly look: Look;
  /** Only for a preview; without it the photo's own format is kept. */
  readonly format?: 'jpeg';
  /** Also a signed statement of what was done. */
  readonly receipt?: boolean;
}

export interface Redacted {
  readonly blob: Blob;
  /** The kinds of metadata that the photo had and `blob` has not. */
  readonly removed: readonly Note[];
  /** Signed by the service; where one was asked for. */
  readonly receipt?: string | undefined;
}

export interface DetectOptions extends PostOptions {
  readonly minScore?: number | undefined;
}

/** The first look at a photo: what is in it, and the photo with all of that covered. */
export interface FirstLook {
  readonly detection: Detection;
  /** Undefined for an animation: the page covers each of its boxes in every frame. */
  readonly redacted: Redacted | undefined;
}

export interface Client {
  /** For a server that asks for one; undefined: none is sent. */
  key: string | undefined;
  /** `minScore`: of faces that count; undefined: the service's own. */
  detect(photo: Blob, profile: Profile, options: DetectOptions): Promise<Detection>;
  /** Both with one upload. */
  firstLook(photo: Blob, profile: Profile, look: Look, options: PostOptions): Promise<FirstLook>;
  blur(photo: Blob, request: BlurRequest, options: PostOptions): Promise<Redacted>;
  /** Nobody will ask about it again, or not soon: a service that holds it need not. */
  forget(photo: Blob): void;
}

function roundedBox(box: Box): Box {
  return {
    x: rounded(box.x),
    y: rounded(box.y),
    width: rounded(box.width),
    height: rounded(box.height),
  };
}

function roundedRegion({ shape, margin, style, ...box }: Region): Region {
  return {
    ...roundedBox(box),
    ...(shape === undefined ? {} : { shape }),
    ...(margin === undefined ? {} : { margin: rounded(margin) }),
    ...(style === undefined ? {} : { style }),
  };
}

/**
 * The options of /v1/blur, to which the photo is added: a form, since a crowd's boxes are more than an
 * address may hold.
 */
export function blurForm({ regions, keep = [], look, format, receipt }: BlurRequest): FormData {
  const form = new FormData();
  form.set('detect', 'false');
  for (const [name, value] of Object.entries(lookFields(look))) form.set(name, value);
  if (format) form.set('format', format);
  if (receipt) form.set('receipt', 'true');
  if (regions.length > 0) form.set('regions', JSON.stringify(regions.map(roundedRegion)));
  if (regions.length > 0 && keep.length > 0) form.set('keep', JSON.stringify(keep.map(roundedBox)));
  return form;
}

function numberOf(record: Record<string, unknown>, key: string): number {
  const value = record[key];
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new PhotoProblem('page_outdated');
  return value;
}

function sizeOf(value: unknown): Size {
  if (!isRecord(value)) throw new PhotoProblem('page_outdated');
  return { width: numberOf(value, 'width'), height: numberOf(value, 'height') };
}

function faceOf(value: unknown): Face {
  if (!isRecord(value) || !isRecord(value['box'])) throw new PhotoProblem('page_outdated');
  const box = value['box'];
  return {
    box: { x: numberOf(box, 'x'), y: numberOf(box, 'y'), ...sizeOf(box) },
    score: numberOf(value, 'score'),
    ...('frame' in value ? { frame: numberOf(value, 'frame') } : {}),
  };
}

export function detectionOf(value: unknown): Detection {
  if (!isRecord(value) || !Array.isArray(value['faces'])) throw new PhotoProblem('page_outdated');
  const model = isRecord(value['model']) ? value['model']['sha256'] : undefined;
  return {
    image: sizeOf(value['image']),
    faces: value['faces'].map(faceOf),
    ...(typeof model === 'string' ? { model } : {}),
  };
}

/** With what the headers say of it, and of what the service does beside. */
function withHeaders(detection: Detection, { header }: Answer): Detection {
  const minScore = Number.parseFloat(header('X-Min-Score') ?? '');
  return {
    ...detection,
    ...(minScore >= 0 && minScore <= 1 ? { minScore } : {}),
    ...(header('X-Feedback') === null ? {} : { takesFeedback: true }),
    ...(header('X-Receipts') === null ? {} : { signsReceipts: true }),
  };
}

/** Something in between that answers 200 with a page of its own must never be saved as a photo. */
function redactedOf(blob: Blob, answer: Answer): Redacted {
  if (!blob.type.startsWith('image/')) throw new PhotoProblem('page_outdated');
  const removed = notesFrom(answer.header('X-Removed-Metadata') ?? '');
  const receipt = answer.header('X-Receipt');
  return { blob, removed, ...(receipt === null ? {} : { receipt }) };
}

async function formOf(answer: Answer): Promise<FormData> {
  const type = answer.header('Content-Type') ?? '';
  try {
    return await new Response(answer.body, { headers: { 'Content-Type': type } }).formData();
  } catch {
    throw new PhotoProblem('page_outdated');
  }
}

async function firstLookOf(answer: Answer): Promise<FirstLook> {
  const form = await formOf(answer);
  const [found, photo] = [form.get('report'), form.get('image')];
  if (typeof found !== 'string' || !(photo instanceof Blob)) throw new PhotoProblem('page_outdated');
  const detection = withHeaders(detectionOf(await jsonOf({ ...answer, body: new Blob([found]) })), answer);
  const animated = detection.faces.some((face) => face.frame !== undefined);
  // Without the name that a part of a form has.
  const blob = new Blob([photo], { type: photo.type });
  return { detection, redacted: animated ? undefined : redactedOf(blob, answer) };
}

/** `base` is where the service is, with a slash at its end; relative to the page. */
export function createClient(base = 'api/v1/', post: Post = postWithXhr): Client {
  const held = createHeldPhotos(base);

  async function sent(path: string, body: Blob | FormData, options: PostOptions): Promise<Answer> {
    const headers = { ...options.headers, ...headersWith(client.key) };
    const answer = await posted(post, base + path, body, { ...options, headers });
    if (answer.status !== 200) throw await problemOf(answer);
    return answer;
  }

  /** By its token where the service still has it, else by its bytes. */
  async function ask(path: string, fields: FormData, photo: Blob, options: PostOptions): Promise<Answer> {
    const token = held.tokenOf(photo);
    if (token !== undefined) {
      fields.set('photo', token);
      try {
        return await sent(path, fields, options);
      } catch (problem) {
        if (!(problem instanceof PhotoProblem && problem.kind === 'gone')) throw problem;
      }
    }
    if (photo.size === 0) throw new PhotoProblem('empty');
    if (held.wasHeld(photo)) fields.set('hold', 'true');
    // Without its name.
    fields.set('photo', photo, 'photo');
    const answer = await sent(path, fields, options);
    held.take(photo, answer);
    return answer;
  }

  const client: Client = {
    key: undefined,
    async detect(photo, profile, { minScore, ...options }) {
      const fields = new FormData();
      fields.set('profile', profile);
      if (minScore !== undefined) fields.set('min_score', String(minScore));
      const answer = await ask('detect', fields, photo, options);
      return withHeaders(detectionOf(await jsonOf(answer)), answer);
    },
    async firstLook(photo, profile, look, options) {
      const query = new URLSearchParams({ profile, ...lookFields(look), hold: 'true' });
      const headers = { Accept: 'multipart/form-data' };
      const answer = await sent(`blur?${query}`, photo, { ...options, headers });
      held.take(photo, answer);
      return firstLookOf(answer);
    },
    async blur(photo, request, options) {
      const answer = await ask('blur', blurForm(request), photo, options);
      return redactedOf(answer.body, answer);
    },
    forget: (photo) => held.forget(photo, headersWith(client.key)),
  };
  return client;
}
