// How our WebGPU kernels are registered and what they are called with.
import * as tf from '@tensorflow/tfjs-core';
import { registerFusedKernel, type FusedKernel } from '../../nn/kernels.ts';
import type { TrainingWebgpuBackend } from './backend.ts';
import { dispatch, type Pass } from './dispatch.ts';

export const sizeOf = ({ shape }: tf.TensorInfo): number => tf.util.sizeFromShape([...shape]);
export const lastOf = ({ shape }: tf.TensorInfo): number => shape[shape.length - 1] as number;

/** What a kernel computes with: its inputs by name, its attributes, and `run` for one pass over the device. */
export interface Call {
  readonly input: (name: string) => tf.TensorInfo;
  readonly optional: (name: string) => tf.TensorInfo | undefined;
  readonly attributes: Readonly<Record<string, number>>;
  /** Storage buffers that a shader may have. */
  readonly buffers: number;
  readonly make: (shape: readonly number[]) => tf.TensorInfo;
  /** The tensors made; those used up by a later pass are freed by `free`. */
  readonly run: (pass: Pass) => tf.TensorInfo[];
  readonly free: (...infos: readonly tf.TensorInfo[]) => void;
}

export function register(
  name: string,
  compute: (call: Call) => tf.TensorInfo | tf.TensorInfo[],
  supports: FusedKernel['supports'] = () => true,
): void {
  registerFusedKernel({
    name,
    backend: 'webgpu',
    supports,
    run: ({ inputs, attrs, backend }) => {
      const webgpu = backend as TrainingWebgpuBackend;
      const infos: Readonly<Record<string, tf.TensorInfo | undefined>> = inputs;
      return compute({
        input: (key) => {
          const info = infos[key];
          if (info === undefined) throw new Error(`kernel ${name}: the input '${key}' is missing`);
          return info;
        },
        optional: (key) => infos[key],
        attributes: attrs as unknown as Readonly<Record<string, number>>,
        buffers: webgpu.device.limits.maxStorageBuffersPerShaderStage,
        make: (shape) => webgpu.makeTensorInfo([...shape], 'float32'),
        run: (pass) => dispatch(webgpu, pass),
        free: (...used) => {
          for (const { dataId } of used) webgpu.disposeData(dataId);
        },
      });
    },
  });
}
