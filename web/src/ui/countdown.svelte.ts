// The seconds until the next try, as they are shown.

/** ms: often enough for seconds. */
const kTickMs = 500;

/** performance.now() milliseconds, moving on while `runs`; for the setup of a component. */
export function countdown(runs: () => boolean): { readonly now: number } {
  let now = $state(performance.now());
  $effect(() => {
    if (!runs()) return;
    now = performance.now();
    const ticking = setInterval(() => (now = performance.now()), kTickMs);
    return () => clearInterval(ticking);
  });
  return {
    get now() {
      return now;
    },
  };
}
