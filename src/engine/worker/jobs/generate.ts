// Draws pictures: prompt to latents, step by step, to pixels. Tells the page of every step what it asks for.
import { yieldToEventLoop } from '@noisebook/ldm/numbers';
import { isGuided } from '@noisebook/ldm';
import type { GenerateEvent, GenerateRequest, GenerateResult, StepOutput } from '../../protocol/messages.ts';
import { withOptions, type TappedOptions } from '../generateOptions.ts';
import type { JobContext, ModelSession, Reply } from '../job.ts';
import { buffersOf, numbers, pictures, sizesOf } from '../pictures.ts';
import { StepNumbers } from '../stepNumbers.ts';
import { StepPreviews } from '../stepPreviews.ts';
import type { LoadedModel } from '../session.ts';
import { buffersOfInside } from '../taps.ts';
import { placeWords } from '../words.ts';

type Emit = JobContext<GenerateEvent>['emit'];

export async function generate(
  session: ModelSession,
  request: GenerateRequest,
  { signal, emit }: JobContext<GenerateEvent>,
): Promise<Reply<GenerateResult>> {
  return session.enqueue({ signal, emit }, () =>
    session.run(
      request.model,
      signal,
      (model, attempt) =>
        withOptions(model.pipeline, request, async (options) => {
          await compile(model, options, emit);
          attempt.throwIfAborted();
          return draw(model, request, options, attempt, emit);
        }),
      request.beside,
    ),
  );
}

/** Compiles what a generation of this kind needs, the first time. */
async function compile(
  { pipeline, backend, compiled }: LoadedModel,
  options: TappedOptions,
  emit: Emit,
): Promise<void> {
  const { numImages = 1, guidanceScale = 1, image, mask, taps } = options;
  const guided = isGuided(guidanceScale) ? 'guided' : 'unguided';
  const seen = String(taps?.attention ?? '');
  const kind = `${numImages} ${guided} ${image?.shape[0] ?? 0} ${mask?.shape[0] ?? 0} ${seen}`;
  if (backend.backend !== 'webgpu' || compiled.has(kind)) return;
  emit({ type: 'preparing', what: 'compile' });
  await pipeline.compile(options);
  compiled.add(kind);
}

const USUAL: readonly StepOutput[] = ['latents', 'predX0'];

async function draw(
  model: LoadedModel,
  request: GenerateRequest,
  options: TappedOptions,
  signal: AbortSignal,
  emit: Emit,
): Promise<Reply<GenerateResult>> {
  const { pipeline, backend } = model;
  const { stepOutputs = USUAL, previewOf = 'predX0' } = request;
  const begin = performance.now();
  const { words, truncated } = placeWords(model, request.prompt);
  emit({ type: 'prompt', words, truncated });
  const sizes = sizesOf(pipeline, request.numImages);
  let previews: StepPreviews | undefined;

  const latents = await pipeline.generate({
    ...options,
    signal,
    onStart: async ({ latents: x, ...start }) => {
      const known = stepOutputs.includes('latents') ? { latents: await numbers(x) } : {};
      emit({ type: 'start', sizes, ...start, ...known }, buffersOf(known));
      if (previewOf === 'none') return;
      previews = new StepPreviews(pipeline, sizes, previewOf, start.timesteps.length);
    },
    onStep: async ({ index, total, timestep, x, predX0, predNoise }) => {
      const read = new StepNumbers({ latents: x, predX0, predNoise });
      const lists = await read.all(stepOutputs);
      const inside = await options.taps?.read();
      await yieldToEventLoop();
      signal.throwIfAborted();
      const step = { type: 'step' as const, index, total, timestep, ...lists, ...inside };
      const preview = await previews?.make(index === total - 1, read);
      emit({ ...step, ...preview }, [
        ...buffersOf(lists),
        ...(inside ? buffersOfInside(inside) : []),
        ...(preview ? [preview.preview.buffer] : []),
      ]);
    },
  });
  try {
    const images = previews?.final ?? (await pictures(pipeline, latents));
    const result = { ms: performance.now() - begin, backend, sizes, words, images };
    return { result, transfer: [images.buffer] };
  } finally {
    latents.dispose();
  }
}
