// One photo in, its small picture out, without holding up the page.
import { shrink } from './shrink';

addEventListener('message', (event: MessageEvent<Blob>) => {
  // An answer comes in any case: the page waits for it before it sends the next.
  void shrink(event.data).then(
    (shrunk) => postMessage(shrunk),
    () => postMessage(undefined),
  );
});
