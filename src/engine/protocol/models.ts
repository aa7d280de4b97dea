// Messages about the reader's own models: opened from disk, packed for download. Types only; conventions as in protocol.ts.
import type { OwnModel } from '../../storage/types.ts';

/** A zip, or the files of a folder with their paths in it. */
export interface ModelOpenRequest {
  /** Name of the zip or the folder, for messages and as a title. */
  readonly name: string;
  readonly zip?: Blob;
  readonly files?: readonly { readonly path: string; readonly file: Blob }[];
}

/** What is being done: bytes unpacked or read, checked, tried out (with a large model, in minutes), stored. `share` 0 to 1. */
export interface ModelProgressEvent {
  readonly type: 'model-progress';
  readonly what: 'read' | 'check' | 'try' | 'try-slowly' | 'store' | 'pack';
  readonly share: number;
}

export interface ModelOpenResult {
  readonly model: OwnModel;
  /** Sentences about what was left out or made anew. */
  readonly notes: readonly string[];
}

/** Makes a model of a run: to be kept beside the notebook's, or as a zip for elsewhere. */
export interface ModelExportRequest {
  readonly runId: string;
  /** One of the run's snapshots; left out, its newest checkpoint. */
  readonly snapshot?: number;
  /** Which weights of the checkpoint; `averaged` (EMA) by default. */
  readonly weights?: 'averaged' | 'latest';
  readonly title: string;
  readonly as: 'model' | 'zip';
}

export interface ModelExportResult {
  readonly model: OwnModel;
  /** With `as: 'zip'`. */
  readonly packed?: ModelZipResult;
}

export interface ModelZipRequest {
  /** 'own-<id>' */
  readonly model: `own-${string}`;
}

export interface ModelZipResult {
  readonly zip: Blob;
  /** "my-faces.zip" */
  readonly fileName: string;
}
