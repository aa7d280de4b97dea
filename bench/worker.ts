// The benchmark itself, in a worker, because that is where the site computes.
import { interleave, relativeError, summarize, type Contender, type Timing } from './measure.ts';
import { onnxCall, onnxThreads, openDenoiser } from './onnx.ts';
import { decodeCall, fourImagesCall, load, startBackend, stepCalls, stepInputs, toNhwc } from './ours.ts';
import type { BenchMessage, BenchRequest, BenchResult, StepTimes } from './types.ts';

/** Outputs further apart than this are not worth timing against each other. */
const tolerance = 1e-3;
/** One image, one with guidance, four with guidance. */
const batches = [1, 2, 8];

const send = (message: BenchMessage): void => postMessage(message);
const say = (text: string): void => send({ type: 'progress', text });

async function timed<T>(task: () => Promise<T>): Promise<[T, number]> {
  const started = performance.now();
  const value = await task();
  return [value, summarize([performance.now() - started]).median];
}

async function run(request: BenchRequest): Promise<BenchResult> {
  const [backend, start] = await timed(() => startBackend(request));
  say(`backend: ${backend.label}`);
  const [pipe, loadMs] = await timed(() => load(request.modelUrl));
  const { onnxUrl } = request;
  const session = onnxUrl === undefined ? undefined : await openDenoiser(onnxUrl, request.threads);

  const denoiserStep: StepTimes[] = [];
  for (const batch of batches) {
    const inputs = await stepInputs(pipe, batch);
    const calls = stepCalls(pipe, inputs);
    const other = session === undefined ? undefined : onnxCall(session, inputs);
    const rounds = { rounds: request.rounds, warmUp: 3 };
    if (other === undefined) {
      denoiserStep.push({
        batch,
        ...(await interleave({ ours: calls.ours, oursWhole: calls.oursWhole }, rounds)),
      });
    } else {
      const reference = toNhwc(await other(), batch, inputs.size);
      const error = Math.max(
        relativeError(await calls.ours(), reference),
        relativeError(await calls.oursWhole(), reference),
      );
      if (error > tolerance) {
        throw new Error(
          `Batch ${batch}: the outputs differ by ${error.toExponential(1)}, more than ${tolerance}: is the .onnx file of this model?`,
        );
      }
      const contenders = { ours: calls.ours, oursWhole: calls.oursWhole, onnx: other };
      denoiserStep.push({ batch, ...(await interleave(contenders, rounds)), relativeError: error });
    }
    calls.dispose();
    say(`denoiser, batch ${batch}: ${JSON.stringify(denoiserStep.at(-1))}`);
  }

  const alone = async (name: string, contender: Contender, rounds: number): Promise<Timing> => {
    const { it } = await interleave({ it: contender }, { rounds, warmUp: 1 });
    say(`${name}: ${JSON.stringify(it)}`);
    return it;
  };
  const result: BenchResult = {
    backend,
    ...(session === undefined ? {} : { onnxThreads: onnxThreads() }),
    ms: {
      start,
      load: loadMs,
      denoiserStep,
      decodeOne: await alone('decode, one', decodeCall(pipe, 1), request.rounds),
      decodeFour: await alone('decode, four', decodeCall(pipe, 4), request.rounds),
      fourImages: await alone(
        'four images',
        fourImagesCall(pipe),
        Math.max(3, Math.floor(request.rounds / 4)),
      ),
    },
  };
  pipe.dispose();
  return result;
}

addEventListener('message', (event: MessageEvent<BenchRequest>) => {
  run(event.data).then(
    (result) => send({ type: 'result', result }),
    (error: unknown) =>
      send({
        type: 'error',
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
  );
});
