// The browser's own network, as the download uses it.
import type { Transport } from './fetchBytes.ts';

// Who fetches sets the limits: `stallMs` of fetchBytes.ts, `PATIENCE_MS` of loadManifest.ts.
export const browserTransport: Transport = {
  fetch: (input, init) => fetch(input, init),
  isOnline: () => navigator.onLine,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal?.addEventListener('abort', wake, { once: true });
      if (signal?.aborted === true) wake();
    }),
};
