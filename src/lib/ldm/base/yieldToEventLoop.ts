// Waiting for the event loop between two stretches of work.

/**
 * Lets the event loop deliver waiting messages (a stop, a newer request) and a page draw. Awaiting a promise would not: it
 * continues before the next message. Unlike `setTimeout` this is never slowed to 4 ms a time.
 */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
