// What the page shows of a receipt; checking the signature is for whoever gets it.
import { isRecord } from './calls';
import { PhotoProblem } from './problem';

export interface ReceiptChecks {
  /** Something of the original may show under what is covered. */
  readonly doubtful: boolean;
  /** That are not covered and may be faces. */
  readonly places: number;
}

/** Of the middle part of a JSON Web Signature. */
export function checksOf(receipt: string): ReceiptChecks {
  const text = atob((receipt.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/'));
  const payload: unknown = JSON.parse(text);
  const checks = isRecord(payload) && isRecord(payload['checks']) ? payload['checks'] : {};
  if (Object.keys(checks).length === 0) throw new PhotoProblem('page_outdated');
  const { second_look: second } = checks;
  return {
    doubtful: Object.values(checks).some((check) => !isRecord(check) || check['verdict'] === 'fail'),
    places: Number((isRecord(second) ? second['places'] : undefined) ?? 0),
  };
}
