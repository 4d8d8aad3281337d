// Corrections, sent to a service that takes them, and taken back.
import { headersWith, isRecord, jsonOf } from './calls';
import { fetched } from './fetched';
import { PhotoProblem, problemOf } from './problem';

/** What erases a report again. */
export interface FeedbackReceipt {
  readonly id: string;
  readonly token: string;
}

export interface FeedbackTerms {
  /** Days after which a report is erased. */
  readonly keepDays: number;
  /** The same of pictures; undefined where the service takes none. */
  readonly keepCropDays: number | undefined;
}

export interface FeedbackClient {
  terms(signal: AbortSignal): Promise<FeedbackTerms>;
  /** `crops`: pictures that go along, by the place of their box in the report. */
  send(report: object, crops: ReadonlyMap<number, Blob>, signal: AbortSignal): Promise<FeedbackReceipt>;
  /** A report that is gone already is erased, too. */
  erase(receipt: FeedbackReceipt, signal: AbortSignal): Promise<void>;
}

function bodyOf(report: string, crops: ReadonlyMap<number, Blob>): Pick<RequestInit, 'body' | 'headers'> {
  if (crops.size === 0) return { headers: { 'Content-Type': 'application/json' }, body: report };
  const form = new FormData();
  form.append('report', report);
  for (const [place, crop] of crops) form.append(`crop[${place}]`, crop);
  return { body: form };
}

/** `base` is where the service is, with a slash at its end; `keyOf` gives the key where one is needed. */
export function createFeedbackClient(keyOf: () => string | undefined, base = 'api/v1/'): FeedbackClient {
  const ask = async (path: string, init: RequestInit, signal: AbortSignal) => {
    const headers = { ...headersWith(keyOf()), ...init.headers };
    return fetched(base + path, { ...init, headers }, signal);
  };

  return {
    async terms(signal) {
      const answer = await ask('feedback', {}, signal);
      if (answer.status !== 200) throw await problemOf(answer);
      const terms = await jsonOf(answer);
      if (!isRecord(terms) || typeof terms['keep_days'] !== 'number') throw new PhotoProblem('page_outdated');
      const keepCropDays = terms['keep_crop_days'];
      return {
        keepDays: terms['keep_days'],
        keepCropDays: typeof keepCropDays === 'number' ? keepCropDays : undefined,
      };
    },
    async send(report, crops, signal) {
      const init = { method: 'POST', ...bodyOf(JSON.stringify(report), crops) };
      const answer = await ask('feedback', init, signal);
      if (answer.status !== 201) throw await problemOf(answer);
      const kept = await jsonOf(answer);
      if (!isRecord(kept) || typeof kept['id'] !== 'string' || typeof kept['erase_token'] !== 'string') {
        throw new PhotoProblem('page_outdated');
      }
      return { id: kept['id'], token: kept['erase_token'] };
    },
    async erase({ id, token }, signal) {
      const init = { method: 'DELETE', headers: { 'X-Erase-Token': token } };
      const answer = await ask(`feedback/${id}`, init, signal);
      if (answer.status !== 204 && answer.status !== 404) throw await problemOf(answer);
    },
  };
}
