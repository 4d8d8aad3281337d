// Corrections, sent to a service that takes them, and taken back.
import { headersWith, isRecord, jsonOf } from './calls';
import { fetched } from './fetched';
import { PhotoProblem, problemOf } from './problem';

/** What erases a report again. */
export interface FeedbackReceipt {
  readonly id: string;
  readonly token: string;
}

export interface FeedbackClient {
  /** Days after which a report is erased. */
  keptDays(signal: AbortSignal): Promise<number>;
  send(report: object, signal: AbortSignal): Promise<FeedbackReceipt>;
  /** A report that is gone already is erased, too. */
  erase(receipt: FeedbackReceipt, signal: AbortSignal): Promise<void>;
}

/** `base` is where the service is, with a slash at its end; `keyOf` gives the key where one is needed. */
export function createFeedbackClient(keyOf: () => string | undefined, base = 'api/v1/'): FeedbackClient {
  const ask = async (path: string, init: RequestInit, signal: AbortSignal) => {
    const headers = { ...headersWith(keyOf()), ...init.headers };
    return fetched(base + path, { ...init, headers }, signal);
  };

  return {
    async keptDays(signal) {
      const answer = await ask('feedback', {}, signal);
      if (answer.status !== 200) throw await problemOf(answer);
      const terms = await jsonOf(answer);
      if (!isRecord(terms) || typeof terms['keep_days'] !== 'number') throw new PhotoProblem('page_outdated');
      return terms['keep_days'];
    },
    async send(report, signal) {
      const headers = { 'Content-Type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(report) };
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
