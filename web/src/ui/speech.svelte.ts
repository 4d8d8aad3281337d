// What is said to a screen reader, one thing at a time.
import { untrack } from 'svelte';

class Speech {
  text = $state('');

  say(text: string): void {
    // The same words again would not be noticed as a change.
    const before = untrack(() => this.text);
    this.text = before === text ? `${text}\u00a0` : text;
  }
}

export const speech = new Speech();
