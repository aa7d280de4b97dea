// Draws pictures: prompt to latents, step by step, to pixels. Streams every step to the page.
import type { GenerateEvent, GenerateRequest, GenerateResult } from '../../protocol/messages.ts';
import type { JobContext, Reply } from '../job.ts';
import { numbers, pictures, sizesOf } from '../pictures.ts';
import { StepPreviews } from '../stepPreviews.ts';
import type { LoadedModel, Session } from '../session.ts';
import { yieldToEventLoop } from '../queue.ts';
import { markWords } from '../words.ts';

export async function generate(
  session: Session,
  request: GenerateRequest,
  { signal, emit }: JobContext<GenerateEvent>,
): Promise<Reply<GenerateResult>> {
  return session.enqueue({ signal, emit }, () =>
    session.run(request.model, signal, (model, attempt) => draw(model, request, attempt, emit)),
  );
}

/** Compiles what a generation of this kind needs, the first time. */
async function compile(
  { pipeline, backend, compiled }: LoadedModel,
  { numImages, guidanceScale }: GenerateRequest,
  emit: JobContext<GenerateEvent>['emit'],
): Promise<void> {
  const kind = `${numImages} ${guidanceScale === 1}`;
  if (backend.backend !== 'webgpu' || compiled.has(kind)) return;
  emit({ type: 'preparing', what: 'compile' });
  await pipeline.compile({ numImages, guidanceScale });
  compiled.add(kind);
}

async function draw(
  model: LoadedModel,
  request: GenerateRequest,
  signal: AbortSignal,
  emit: JobContext<GenerateEvent>['emit'],
): Promise<Reply<GenerateResult>> {
  await compile(model, request, emit);
  signal.throwIfAborted();
  const { pipeline, manifest, backend } = model;
  const begin = performance.now();
  const { words, truncated } = pipeline.tokenizer.encode(request.prompt);
  const marked = markWords(words, manifest.knownWords);
  emit({ type: 'prompt', words: marked, truncated });
  const sizes = sizesOf(pipeline, request.numImages);
  const previews = new StepPreviews(pipeline, sizes, request);

  const latents = await pipeline.textToImage({
    ...request,
    signal,
    onStart: async (start) => {
      const noise = await numbers(start.latents);
      emit({ type: 'start', sizes, timesteps: start.timesteps, latents: noise }, [noise.buffer]);
      previews.begin();
    },
    onStep: async ({ index, total, timestep, x, predX0 }) => {
      const step = {
        type: 'step' as const,
        index,
        total,
        timestep,
        latents: await numbers(x),
        predX0: await numbers(predX0),
      };
      await yieldToEventLoop();
      signal.throwIfAborted();
      const buffers = [step.latents.buffer, step.predX0.buffer];
      if (request.previewOf === 'none') {
        emit(step, buffers);
        return;
      }
      const preview = await previews.make(step, request.previewOf === 'latents' ? x : predX0);
      emit({ ...step, ...preview }, [...buffers, preview.preview.buffer]);
    },
  });
  try {
    const images = previews.final ?? (await pictures(pipeline, latents));
    const result = { ms: performance.now() - begin, backend, sizes, words: marked, images };
    return { result, transfer: [images.buffer] };
  } finally {
    latents.dispose();
  }
}
