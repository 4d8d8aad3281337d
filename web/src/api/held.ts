// Photos that the service holds for a while, so that they are sent once: its tokens for them. Where it holds
// none, or no longer, a photo is sent anew.
import type { Answer } from './http';
import { letGo } from './let-go';

export interface HeldPhotos {
  /** Undefined: it has to be sent. */
  tokenOf(photo: Blob): string | undefined;
  /** The service held it before: it may do so again. */
  wasHeld(photo: Blob): boolean;
  /** What the answer to a photo that was sent says of it. */
  take(photo: Blob, answer: Answer): void;
  forget(photo: Blob, headers: Readonly<Record<string, string>>): void;
}

export function createHeldPhotos(base: string): HeldPhotos {
  const tokens = new WeakMap<Blob, string>();
  const known = new WeakSet<Blob>();

  return {
    tokenOf: (photo) => tokens.get(photo),
    wasHeld: (photo) => known.has(photo),
    take(photo, { header }) {
      const token = header('X-Photo-Token');
      if (token === null) tokens.delete(photo);
      else {
        tokens.set(photo, token);
        known.add(photo);
      }
    },
    forget(photo, headers) {
      const token = tokens.get(photo);
      if (token === undefined) return;
      tokens.delete(photo);
      letGo(`${base}photos/${token}`, headers);
    },
  };
}
