// What was decided, said and shown with the way back.
import { t } from '../words/language.svelte';
import { speech } from './speech.svelte';
import { toast } from './toast.svelte';

export function offerUndo(text: string, undo: () => void): void {
  speech.say(text);
  toast.show(text, () => {
    undo();
    speech.say(t.undone);
  });
}
