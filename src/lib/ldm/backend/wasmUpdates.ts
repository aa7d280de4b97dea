// The updates of weights in place on the wasm backend: AdamW and moving averages.
import { ADAMW, EMA } from '../nn/kernels.ts';
import type { Call, RunCalls } from './wasmModule.ts';
import { ranges, registerMany, sizeOf, type KernelCall } from './wasmRegister.ts';

interface TensorTable {
  readonly dataIdMap: {
    get(id: object): { readonly id: number; readonly memoryOffset: number } | undefined;
  };
  readonly wasm: {
    readonly tfjs: {
      disposeData(id: number): void;
      registerTensor(id: number, size: number, offset: number): void;
    };
  };
}

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
  const { dataIdMap, wasm } = kernel.backend as unknown as TensorTable;
  const entry = dataIdMap.get(dataId);
  if (entry === undefined) throw new Error(`'${name}' has no data`);
  wasm.tfjs.disposeData(entry.id);
  wasm.tfjs.registerTensor(entry.id, sizeOf(shape), entry.memoryOffset);
}

/**
 * Runs `call` on all of these arrays of `size` floats. What is behind the last multiple of four goes through a scratch:
 * the functions take sixteen bytes at a time.
 */
function inFours(
  run: RunCalls,
  kernel: KernelCall,
  addresses: readonly number[],
  size: number,
  call: (addresses: readonly number[], bytes: number) => Call,
): void {
  const whole = Math.floor(size / 4);
  if (whole > 0) {
    // short ones are not worth cutting
    const parts = ranges(whole, Math.ceil(whole / 4096));
    run(
      parts.map(({ first, count }) =>
        call(
          addresses.map((address) => address + 16 * first),
          16 * count,
        ),
      ),
    );
  }
  const left = size - 4 * whole;
  if (left === 0) return;
  const space = kernel.scratch(4 * addresses.length);
  const { bytes } = kernel;
  bytes.fill(0, space, space + 16 * addresses.length);
  addresses.forEach((address, i) => {
    bytes.copyWithin(space + 16 * i, address + 16 * whole, address + 4 * size);
  });
  run([
    call(
      addresses.map((_, i) => space + 16 * i),
      16,
    ),
  ]);
  addresses.forEach((address, i) => {
    bytes.copyWithin(address + 16 * whole, space + 16 * i, space + 16 * i + 4 * left);
  });
}

export function registerUpdateKernels(run: RunCalls): void {
  registerMany(
    ADAMW,
    () => true,
    (kernel) => {
      const [g, p, m, v] = [kernel.input('g').address, own(kernel, 'p'), own(kernel, 'm'), own(kernel, 'v')];
      const [beta1, beta2] = [kernel.attribute('beta1'), kernel.attribute('beta2')];
      const learningRate = kernel.attribute('learningRate');
      let scale = kernel.attribute('gradientScale');
      if (kernel.has('scale')) {
        scale *= kernel.backend.typedArrayFromHeap(kernel.info('scale'))[0] as number;
      }
      inFours(run, kernel, [g, p, m, v], sizeOf(kernel.info('p').shape), (addresses, bytes) => [
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
      ]);
      forgetPacked(kernel, 'p');
    },
  );
  registerMany(
    EMA,
    () => true,
    (kernel) => {
      const [average, value] = [own(kernel, 'average'), kernel.input('value').address];
      const share = 1 - kernel.attribute('decay');
      inFours(run, kernel, [average, value], sizeOf(kernel.info('average').shape), (addresses, bytes) => [
        'ema',
        ...addresses,
        bytes,
        share,
      ]);
      forgetPacked(kernel, 'average');
    },
  );
}
