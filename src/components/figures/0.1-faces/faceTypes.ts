// What the state of figure 0.1 is made of.
import type { Engine } from '../../../engine/page/engineTypes.ts';
import type { EngineInfo, GenerateRequest, PromptWord } from '../../../engine/protocol/messages.ts';
import type { FaceSettings } from './faceAddress.ts';
import type { FaceModel } from './faceRequest.ts';

/** Numbers for the cost panel; each appears when it has been measured. */
export interface Cost {
  readonly info?: EngineInfo;
  readonly downloaded?: number;
  /** Milliseconds from one step to the next, the preview included; the median. */
  readonly msPerStep?: number;
}

/** A prompt as the model's tokenizer found it. */
export interface Reading {
  readonly prompt: string;
  readonly words: readonly PromptWord[];
  /** True when the end of the prompt was left out. */
  readonly truncated: boolean;
}

export interface FaceCellOptions {
  /** The notebook's model, which drew the recorded pictures. */
  readonly model: FaceModel;
  readonly settings: FaceSettings;
  /** Where the scrubber stands before anything is there to scrub. */
  readonly position: number;
  /** Makes the engine; called by the first drawing. */
  readonly createEngine: () => Promise<Engine>;
  /** Whether the reader's connection is to be spared: then typing downloads nothing. */
  readonly sparing: () => boolean;
  /** Called once the figure is on the page. */
  readonly start: () => void;
}

/** A drawing while it is made. */
export interface Work {
  readonly request: GenerateRequest;
  readonly signal: AbortSignal;
}
