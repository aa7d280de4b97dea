// The updates of weights in place on the wasm backend: AdamW and moving averages.
import { ADAMW, ADAMW_MANY, EMA, EMA_MANY, SQUARE_SUM } from '../../nn/kernels.ts';
import { wasmInternals } from '../tfjsInternals/wasm.ts';
import type { Call, RunCalls } from './module.ts';
import { ranges, registerMany, registerOne, sizeOf, type KernelCall } from './register.ts';

/** The address of what a kernel is about to change. */
function own(kernel: KernelCall, name: string): number {
  const { dataId } = kernel.info(name);
  const sharing = kernel.backend.refCount(dataId);
  if (sharing > 1) {
    throw new Error(
      `'${name}': expected data of its own, got data that ${sharing} tensors share. Copy it (tf.add(x, 0)) or dispose the others.`,
    );
  }
  return kernel.input(name).address;
}

/**
 * TensorFlow.js keeps the weights of a convolution in its own order for as long as the tensor lives: telling it that the
 * tensor is gone and there again, in the same place, makes it forget them.
 */
function forgetPacked(kernel: KernelCall, name: string): void {
  const { dataId, shape } = kernel.info(name);
  const { dataIdMap, wasm } = wasmInternals(kernel.backend);
  const entry = dataIdMap.get(dataId);
  if (entry === undefined) throw new Error(`'${name}' has no data`);
  wasm.tfjs.disposeData(entry.id);
  wasm.tfjs.registerTensor(entry.id, sizeOf(shape), entry.memoryOffset);
}

/** Floats that one call is given at most: more are cut. */
const PIECE = 16_384;
/** Calls that are handed over at once. */
const BUNDLE = 64;

type MakeCall = (addresses: readonly number[], bytes: number) => Call;

/**
 * Runs calls on arrays of `size` floats each, many at once. What is behind the last multiple of four goes through a
 * scratch: the functions take sixteen bytes at a time.
 */
class Fours {
  readonly #run: RunCalls;
  readonly #kernel: KernelCall;
  readonly #calls: Call[] = [];
  readonly #after: (() => void)[] = [];

  constructor(run: RunCalls, kernel: KernelCall) {
    this.#run = run;
    this.#kernel = kernel;
  }

  add(addresses: readonly number[], size: number, call: MakeCall): void {
    const whole = Math.floor(size / 4);
    for (const { first, count } of whole === 0 ? [] : ranges(whole, Math.ceil((4 * whole) / PIECE))) {
      const from = addresses.map((address) => address + 16 * first);
      this.#calls.push(call(from, 16 * count));
    }
    const left = size - 4 * whole;
    if (left === 0) return;
    const space = this.#kernel.scratch(4 * addresses.length);
    const { bytes } = this.#kernel;
    bytes.fill(0, space, space + 16 * addresses.length);
    addresses.forEach((address, i) => {
      bytes.copyWithin(space + 16 * i, address + 16 * whole, address + 4 * size);
    });
    const places = addresses.map((_, i) => space + 16 * i);
    this.#calls.push(call(places, 16));
    this.#after.push(() => {
      addresses.forEach((address, i) => {
        this.#kernel.bytes.copyWithin(address + 16 * whole, space + 16 * i, space + 16 * i + 4 * left);
      });
    });
  }

  run(): void {
    for (let at = 0; at < this.#calls.length; at += BUNDLE) this.#run(this.#calls.slice(at, at + BUNDLE));
    for (const finish of this.#after) finish();
  }
}

/** How many inputs of this letter there are: `p0`, `p1` and so on. */
function countOf(kernel: KernelCall, letter: string): number {
  let count = 0;
  while (kernel.has(`${letter}${count}`)) count++;
  return count;
}

/** AdamW on the parameters with these endings of their inputs' names. */
function adamw(run: RunCalls, kernel: KernelCall, endings: readonly string[]): void {
  const [beta1, beta2] = [kernel.attribute('beta1'), kernel.attribute('beta2')];
  const learningRate = kernel.attribute('learningRate');
  let scale = kernel.attribute('gradientScale');
  if (kernel.has('scale')) {
    scale *= kernel.backend.typedArrayFromHeap(kernel.info('scale'))[0] as number;
  }
  const make: MakeCall = (addresses, bytes) => [
    'adamw',
    ...addresses,
    bytes,
    scale,
    1 - learningRate * kernel.attribute('weightDecay'),
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    learningRate / kernel.attribute('correction1'),
    1 / Math.sqrt(kernel.attribute('correction2')),
    kernel.attribute('epsilon'),
  ];
  const fours = new Fours(run, kernel);
  for (const ending of endings) {
    const changed = ['p', 'm', 'v'].map((letter) => own(kernel, letter + ending));
    fours.add(
      [kernel.input(`g${ending}`).address, ...changed],
      sizeOf(kernel.info(`p${ending}`).shape),
      make,
    );
  }
  fours.run();
  for (const ending of endings) forgetPacked(kernel, `p${ending}`);
}

function ema(run: RunCalls, kernel: KernelCall, endings: readonly string[]): void {
  const share = 1 - kernel.attribute('decay');
  const fours = new Fours(run, kernel);
  for (const ending of endings) {
    const average = own(kernel, `average${ending}`);
    const size = sizeOf(kernel.info(`average${ending}`).shape);
    fours.add([average, kernel.input(`value${ending}`).address], size, (addresses, bytes) => [
      'ema',
      ...addresses,
      bytes,
      share,
    ]);
  }
  fours.run();
  for (const ending of endings) forgetPacked(kernel, `average${ending}`);
}

/** Pieces in single precision, their sum in double. */
function squareSum(run: RunCalls, kernel: KernelCall): void {
  const out = kernel.output([]);
  const count = countOf(kernel, 'x');
  const pieces: { readonly address: number; readonly floats: number }[] = [];
  let total = 0;
  const floatsOf = (address: number, count: number): Float32Array =>
    new Float32Array(kernel.bytes.buffer, address, count);
  for (let i = 0; i < count; i++) {
    const { address, shape } = kernel.input(`x${i}`);
    const whole = Math.floor(sizeOf(shape) / 4);
    for (const piece of whole === 0 ? [] : ranges(whole, Math.ceil((4 * whole) / PIECE))) {
      pieces.push({ address: address + 16 * piece.first, floats: 4 * piece.count });
    }
    for (const value of floatsOf(address + 16 * whole, sizeOf(shape) - 4 * whole)) total += value * value;
  }
  const sums = kernel.scratch(Math.max(1, pieces.length));
  const calls = pieces.map(({ address, floats }, i): Call => [
    'squareSum',
    address,
    sums + 4 * i,
    4 * floats,
  ]);
  for (let at = 0; at < calls.length; at += BUNDLE) run(calls.slice(at, at + BUNDLE));
  for (const sum of floatsOf(sums, pieces.length)) total += sum;
  floatsOf(out, 1)[0] = total;
}

export function registerUpdateKernels(run: RunCalls): void {
  const always = (): boolean => true;
  const endings = (kernel: KernelCall, letter: string): string[] =>
    Array.from({ length: countOf(kernel, letter) }, (_, i) => String(i));
  registerMany(ADAMW, always, (kernel) => {
    adamw(run, kernel, ['']);
  });
  registerMany(ADAMW_MANY, always, (kernel) => {
    adamw(run, kernel, endings(kernel, 'p'));
  });
  registerMany(EMA, always, (kernel) => {
    ema(run, kernel, ['']);
  });
  registerMany(EMA_MANY, always, (kernel) => {
    ema(run, kernel, endings(kernel, 'average'));
  });
  registerOne(SQUARE_SUM, always, (kernel) => {
    squareSum(run, kernel);
  });
}
