// The form of reference.json, and what its descriptions mean.

export interface SamplerCase {
  readonly class: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly step?: { readonly eta?: number };
}

export interface Reference {
  readonly samplers: Readonly<Record<string, SamplerCase>>;
  readonly steps: number;
  readonly denoiser: string;
  readonly pipeline: {
    readonly sampler: string;
    readonly guidanceScale: number;
    readonly predictionType?: string;
  };
}

export interface TokenizerReference {
  readonly maxLength: number;
  readonly bos: number;
  readonly eos: number;
  readonly pad: number;
  readonly cases: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly tokens: readonly string[];
  }[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Checks the form of reference.json. @throws naming the key, what was expected and what came */
export function readReference(json: unknown): Reference {
  const fail = (key: string, expected: string, got: unknown): never => {
    throw new Error(
      `reference.json: "${key}": expected ${expected}, got ${got === undefined ? 'nothing' : JSON.stringify(got)}`,
    );
  };
  if (!isObject(json)) return fail('(the whole file)', 'an object', json);
  const { samplers, steps, denoiser, pipeline } = json;
  if (typeof steps !== 'number' || !Number.isSafeInteger(steps) || steps < 1)
    fail('steps', 'a whole number from 1', steps);
  if (typeof denoiser !== 'string') fail('denoiser', 'a formula', denoiser);
  if (!isObject(samplers)) return fail('samplers', 'an object', samplers);
  for (const [name, entry] of Object.entries(samplers)) {
    if (!isObject(entry) || typeof entry['class'] !== 'string' || !isObject(entry['config'])) {
      fail(`samplers.${name}`, 'class and config', entry);
    }
  }
  if (
    !isObject(pipeline) ||
    typeof pipeline['sampler'] !== 'string' ||
    typeof pipeline['guidanceScale'] !== 'number'
  ) {
    fail('pipeline', 'sampler and guidanceScale', pipeline);
  }
  return json as unknown as Reference;
}

/** The three numbers of `model_output = A * x + B * sin(t / C)`. @throws for another formula */
export function parseAnalyticDenoiser(formula: string): {
  readonly a: number;
  readonly b: number;
  readonly c: number;
} {
  const number = '(-?[0-9.]+(?:e-?[0-9]+)?)';
  const match = new RegExp(`^model_output = ${number} \\* x \\+ ${number} \\* sin\\(t / ${number}\\)$`).exec(
    formula,
  );
  if (match === null) {
    throw new Error(
      `reference.json: "denoiser": expected model_output = A * x + B * sin(t / C), got ${formula}`,
    );
  }
  return { a: Number(match[1]), b: Number(match[2]), c: Number(match[3]) };
}

const SCALED_LINEAR = {
  num_train_timesteps: 1000,
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
};

/** Settings for the guided generation, from its description: "DDIM leading eps/v, steps_offset 1, set_alpha_to_one false". */
export function pipelineSchedulerJson({ pipeline, samplers }: Reference): Record<string, unknown> {
  const { sampler, predictionType } = pipeline;
  if (!sampler.startsWith('DDIM')) {
    throw new Error(
      `reference.json: "pipeline.sampler": expected a description that begins with DDIM, got ${sampler}`,
    );
  }
  // The noise schedule is that of the sampler case that the description is about, if the folder has one.
  const betas = samplers['ddim-leading-eps']?.config ?? SCALED_LINEAR;
  return {
    ...betas,
    _class_name: 'DDIMScheduler',
    clip_sample: false,
    timestep_spacing: /\b(leading|trailing|linspace)\b/.exec(sampler)?.[1] ?? 'leading',
    steps_offset: Number(/steps_offset (\d+)/.exec(sampler)?.[1] ?? 0),
    set_alpha_to_one: !sampler.includes('set_alpha_to_one false'),
    prediction_type: predictionType ?? 'epsilon',
  };
}
