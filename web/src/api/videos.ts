// The calls about clips: each is a job of the service, asked for until it rests.
import { headersWith, isRecord, jsonOf, lookFields, posted } from './calls';
import { fetched } from './fetched';
import { postWithXhr, type Answer, type Post, type PostOptions } from './http';
import { letGo } from './let-go';
import { PhotoProblem, problemOf, problemOfCode } from './problem';
import type { Look, Profile, Size } from './types';

/** Frames, both included. */
export type Span = readonly [first: number, last: number];

/** A face followed through the clip, as the tracks file has it. */
export interface Track {
  readonly id: number;
  /** Stays visible. */
  readonly keep?: boolean;
  readonly first_frame: number;
  readonly last_frame: number;
  /** [frame, x, y, width, height, score]; without the score a person drew it. */
  readonly boxes: readonly (readonly number[])[];
  /** Worth a look. */
  readonly uncertain?: readonly Span[];
}

/** What this page does not read goes back as it came. */
export interface TracksFile {
  readonly clip: Size & { readonly frames: number };
  /** When each frame is shown, ascending. */
  readonly times_us: readonly number[];
  /** Frames that begin a new shot. */
  readonly cuts?: readonly number[];
  readonly tracks: readonly Track[];
}

export interface JobProgress {
  readonly frames: number;
  readonly totalFrames: number | undefined;
  readonly secondsLeft: number | undefined;
}

export interface Job {
  readonly id: string;
  readonly state: 'queued' | 'analyzing' | 'analyzed' | 'rendering' | 'done' | 'failed';
  readonly progress: JobProgress | undefined;
  readonly problem: PhotoProblem | undefined;
  /** The server can sign a receipt of the result. */
  readonly signsReceipts?: boolean;
}

export const kAudios = ['keep', 'mute', 'drop'] as const;
/** A voice tells who somebody is too. */
export type Audio = (typeof kAudios)[number];

export interface ClipLook {
  readonly look: Look;
  readonly audio: Audio;
}

export interface RenderOptions extends ClipLook {
  readonly receipt?: boolean;
}

export interface BeginOptions extends PostOptions, ClipLook {
  readonly profile: Profile;
  /** False: it rests once the faces are found. */
  readonly render: boolean;
}

export interface FrameOptions {
  readonly original?: boolean;
  /** Pixels of the longer side, 16 to 1920. */
  readonly size: number;
  readonly signal: AbortSignal;
}

export interface VideoClient {
  begin(clip: Blob, options: BeginOptions): Promise<Job>;
  job(id: string, signal: AbortSignal): Promise<Job>;
  tracks(id: string, signal: AbortSignal): Promise<TracksFile>;
  /** Puts the tracks in the place of those before, then renders by them. */
  render(id: string, tracks: TracksFile, how: RenderOptions, signal: AbortSignal): Promise<Job>;
  frame(id: string, frame: number, options: FrameOptions): Promise<Blob>;
  result(id: string, signal: AbortSignal): Promise<Blob>;
  /** Of a result that was rendered with one. */
  receipt(id: string, signal: AbortSignal): Promise<string>;
  /** Asks for nothing in return: a job that stays is forgotten after its time. */
  forget(id: string): void;
}

const kStates: readonly string[] = ['queued', 'analyzing', 'analyzed', 'rendering', 'done', 'failed'];

function progressOf(value: unknown): JobProgress | undefined {
  if (!isRecord(value)) return undefined;
  const number = (key: string) => (typeof value[key] === 'number' ? value[key] : undefined);
  return {
    frames: number('frames') ?? 0,
    totalFrames: number('total_frames'),
    secondsLeft: number('seconds_left'),
  };
}

export function jobOf(value: unknown): Job {
  if (!isRecord(value) || typeof value['id'] !== 'string' || !kStates.includes(String(value['state']))) {
    throw new PhotoProblem('page_outdated');
  }
  const { problem } = value;
  return {
    id: value['id'],
    state: value['state'] as Job['state'],
    progress: progressOf(value['progress']),
    problem: isRecord(problem) ? problemOfCode(String(problem['code'])) : undefined,
  };
}

export function tracksFileOf(value: unknown): TracksFile {
  const fits =
    isRecord(value) &&
    isRecord(value['clip']) &&
    Array.isArray(value['times_us']) &&
    Array.isArray(value['tracks']) &&
    value['tracks'].every((track) => isRecord(track) && Array.isArray(track['boxes']));
  if (!fits) throw new PhotoProblem('page_outdated');
  return value as unknown as TracksFile;
}

/** `base` is where the service is, with a slash at its end; `keyOf` gives the key where one is needed. */
export function createVideoClient(
  keyOf: () => string | undefined,
  base = 'api/v1/',
  post: Post = postWithXhr,
): VideoClient {
  const headers = () => headersWith(keyOf());

  async function ask(path: string, init: RequestInit, signal: AbortSignal): Promise<Answer> {
    const all = { ...headers(), ...(init.body ? { 'Content-Type': 'application/json' } : {}) };
    const answer = await fetched(`${base}videos/${path}`, { ...init, headers: all }, signal);
    if (answer.status < 200 || answer.status > 299) throw await problemOf(answer);
    return answer;
  }

  return {
    async begin(clip, { look, audio, profile, render, ...options }) {
      const query = new URLSearchParams({ ...lookFields(look), audio, profile, render: String(render) });
      // Under another type than its own it would be refused unseen.
      const plain = clip.slice(0, clip.size, 'application/octet-stream');
      const answer = await posted(post, `${base}videos?${query}`, plain, { ...options, headers: headers() });
      // A server that takes photos only has no such path.
      if (answer.status === 404 || answer.status === 405) throw new PhotoProblem('a_film');
      if (answer.status !== 202) throw await problemOf(answer);
      const job = jobOf(await jsonOf(answer));
      return answer.header('X-Receipts') === null ? job : { ...job, signsReceipts: true };
    },
    job: async (id, signal) => jobOf(await jsonOf(await ask(id, {}, signal))),
    tracks: async (id, signal) => tracksFileOf(await jsonOf(await ask(`${id}/tracks`, {}, signal))),
    async render(id, tracks, { look, audio, receipt = false }, signal) {
      await ask(`${id}/tracks`, { method: 'PUT', body: JSON.stringify(tracks) }, signal);
      const query = new URLSearchParams({ ...lookFields(look), audio, receipt: String(receipt) });
      return jobOf(await jsonOf(await ask(`${id}/render?${query}`, { method: 'POST' }, signal)));
    },
    async frame(id, frame, { original = false, size, signal }) {
      const query = new URLSearchParams({ original: String(original), size: String(size) });
      return (await ask(`${id}/frames/${frame}.jpg?${query}`, {}, signal)).body;
    },
    async result(id, signal) {
      const { body } = await ask(`${id}/result`, {}, signal);
      // Something in between that answers 200 with a page of its own must never be saved as a clip.
      if (!body.type.startsWith('video/')) throw new PhotoProblem('page_outdated');
      return body;
    },
    receipt: async (id, signal) => (await (await ask(`${id}/receipt`, {}, signal)).body.text()).trim(),
    forget: (id) => letGo(`${base}videos/${id}`, headers()),
  };
}
