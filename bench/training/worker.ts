// A contender of the page: opens the case, then takes and times steps when asked.
import { initBackend } from '@noisebook/ldm';
import baseWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { readStepFiles } from './caseFiles.ts';
import { makeOurStep } from './oursStep.ts';
import type { StepAnswer, StepNumbers, StepRequest, TimedStep } from './types.ts';

type OpenRequest = Extract<StepRequest, { type: 'open' }>;
interface Contender {
  readonly label: string;
  readonly step: () => Promise<StepNumbers>;
}

async function open({ who, threads, caseUrl }: OpenRequest): Promise<Contender> {
  const files = await readStepFiles(async (name) => {
    const response = await fetch(caseUrl + name);
    if (!response.ok) throw new Error(`${name}: expected a file, the server answered ${response.status}.`);
    return new Uint8Array(await response.arrayBuffer());
  });
  if (who === 'jax-js') {
    // jax-js starts as many workers as the browser says that there are cores.
    Object.defineProperty(navigator, 'hardwareConcurrency', { value: threads });
    const { makeJaxContender } = await import('./jaxContender.ts');
    const alone = threads === 1;
    return {
      label: alone ? 'in the calling thread' : `${threads} workers`,
      step: makeJaxContender(files, alone),
    };
  }
  const { label } = await initBackend({
    backend: 'wasm',
    threads,
    wasmPaths: {
      'tfjs-backend-wasm.wasm': baseWasm,
      'tfjs-backend-wasm-simd.wasm': simdWasm,
      'tfjs-backend-wasm-threaded-simd.wasm': threadedWasm,
    },
  });
  return { label, step: makeOurStep(files) };
}

let contender: Contender | undefined;

async function answer(request: StepRequest): Promise<StepAnswer> {
  if (request.type === 'open') {
    contender = await open(request);
    return { type: 'ready', label: contender.label };
  }
  if (contender === undefined) throw new Error('The worker was asked for steps before it was opened.');
  const steps: TimedStep[] = [];
  for (let i = 0; i < request.steps; i++) {
    const started = performance.now();
    const numbers = await contender.step();
    steps.push({
      ms: performance.now() - started,
      loss: numbers.loss,
      gradientNorm: numbers.gradientNorm,
    });
  }
  return { type: 'ran', steps };
}

addEventListener('message', ({ data }: MessageEvent<StepRequest>) => {
  answer(data).then(
    (message) => postMessage(message),
    (error: unknown) =>
      postMessage({
        type: 'error',
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
  );
});
