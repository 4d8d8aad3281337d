// One photo in, its small picture out, without holding up the page.
import { shrink } from './shrink';

addEventListener('message', (event: MessageEvent<Blob>) => {
  void shrink(event.data).then((shrunk) => postMessage(shrunk));
});
