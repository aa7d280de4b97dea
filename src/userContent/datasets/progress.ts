// How making a set of pictures is watched and stopped.

/** Pictures that are done, of how many. */
export interface DatasetProgress {
  readonly done: number;
  readonly of: number;
}

export interface DatasetOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: DatasetProgress) => void) | undefined;
}

/** Lets the page draw and answer before the next slice of work. */
export const yieldToEventLoop = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
