// What just happened, with the way back: one thing at a time, gone after a while.

/** ms: long enough to read it, and to reach the button by keyboard. */
const kShownMs = 12_000;

interface Message {
  readonly text: string;
  readonly undo: () => void;
}

class Toast {
  message = $state.raw<Message>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(text: string, undo: () => void): void {
    this.message = { text, undo };
    this.resume();
  }

  /** While the pointer or the focus is on it, it stays. */
  pause(): void {
    clearTimeout(this.#timer);
  }

  resume(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.close(), kShownMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.message = undefined;
  }
}

export const toast = new Toast();
