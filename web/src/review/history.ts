// Undo and redo over values that never change.

export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
}

const kMostSteps = 200;

export function startHistory<T>(present: T): History<T> {
  return { past: [], present, future: [] };
}

export function pushed<T>(history: History<T>, present: T): History<T> {
  if (present === history.present) return history;
  return { past: [...history.past, history.present].slice(-kMostSteps), present, future: [] };
}

/** Replaces the present without a step of its own: for the moves within one drag. */
export function replaced<T>(history: History<T>, present: T): History<T> {
  return { ...history, present };
}

export function undone<T>(history: History<T>): History<T> {
  const present = history.past.at(-1);
  if (present === undefined) return history;
  return { past: history.past.slice(0, -1), present, future: [history.present, ...history.future] };
}

export function redone<T>(history: History<T>): History<T> {
  const [present, ...future] = history.future;
  if (present === undefined) return history;
  return { past: [...history.past, history.present], present, future };
}
