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
