// Runs a WGSL program of ours with as many outputs as it needs, some of them written in place. It joins the backend's own
// compute pass, so it is ordered with everything else that the backend records.
import * as tf from '@tensorflow/tfjs-core';
import type { TrainingWebgpuBackend } from './backend.ts';
import { internals } from '../tfjsInternals/webgpu.ts';

/** A number that a program gets as `uniforms.name`. */
export interface Uniform {
  readonly name: string;
  readonly type: 'i32' | 'f32';
  readonly value: number;
}

export interface Pass {
  /** Every constant baked into the code belongs in the key: pipelines are cached by it. */
  readonly key: string;
  /** Buffers of numbers to read, by their names in the code. They must not be written by the same pass. */
  readonly reads: Readonly<Record<string, tf.TensorInfo>>;
  /** Tensors to make, by name, with their shapes. */
  readonly makes?: Readonly<Record<string, readonly number[]>>;
  /** Tensors to overwrite, by name. @see TrainingWebgpuBackend.rewrite */
  readonly rewrites?: Readonly<Record<string, tf.TensorInfo>>;
  readonly uniforms?: readonly Uniform[];
  /** The uniforms differ at every step: they are not kept. */
  readonly passing?: boolean;
  readonly workgroups: number;
  readonly workgroupSize: number;
  /** Has a function `main(group : i32, tid : i32)`: the workgroup, and the invocation in it. */
  readonly code: string;
}

export const int = (name: string, value: number): Uniform => ({ name, type: 'i32', value });
export const float = (name: string, value: number): Uniform => ({ name, type: 'f32', value });

/** @returns the tensors made, in the order of `makes` */
export function dispatch(backend: TrainingWebgpuBackend, pass: Pass): tf.TensorInfo[] {
  const { reads, makes = {}, rewrites = {}, uniforms = [], workgroups } = pass;
  for (const info of Object.values(rewrites)) backend.rewrite(info);
  for (const info of Object.values(reads)) backend.uploadToGPU(info.dataId);
  const made = Object.values(makes).map((shape) => backend.makeTensorInfo([...shape], 'float32'));
  for (const info of made) backend.uploadToGPU(info.dataId);
  const key = `noisebook_${pass.key}_${pass.workgroupSize}`;
  const { pipelineCache } = internals(backend);
  const onlyCompile = tf.env().getBool('WEBGPU_ENGINE_COMPILE_ONLY');
  const pipeline = (pipelineCache[key] ??= compile(backend.device, pass, key, onlyCompile));
  if (onlyCompile) return made;
  if (pipeline instanceof Promise) {
    throw new Error(`the shader ${key} is still being compiled: await compileAhead before running it`);
  }
  record(backend, pipeline, pass, [...Object.values(reads), ...made, ...Object.values(rewrites)]);
  return made;

  function record(
    { device }: TrainingWebgpuBackend,
    compiled: GPUComputePipeline,
    { passing = false }: Pass,
    tensors: readonly tf.TensorInfo[],
  ): void {
    const own = internals(backend);
    const resources: GPUBindingResource[] = tensors.map(({ dataId }) => ({
      buffer: backend.tensorMap.get(dataId).resource as GPUBuffer,
    }));
    if (uniforms.length > 0) {
      const data = uniforms.map(({ type, value }) => ({
        type: type === 'i32' ? 'int32' : 'float32',
        data: [value],
      }));
      resources.push(passing ? backend.passingUniforms(data) : backend.keptUniforms(data));
    }
    // Their buffers stay until what is recorded has been submitted, even when the tensors are freed before.
    for (const { dataId } of tensors) own.commandQueueOwnedIds.add(dataId);
    const bindGroup = device.createBindGroup({
      layout: compiled.getBindGroupLayout(0),
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
    backend.ensureCommandEncoderReady();
    if (own.commandEncoder === null) throw new Error('WebGPU: the backend has no command encoder');
    own.computePassEncoder ??= own.commandEncoder.beginComputePass();
    own.computePassEncoder.setPipeline(compiled);
    own.computePassEncoder.setBindGroup(0, bindGroup);
    own.computePassEncoder.dispatchWorkgroups(...grid(workgroups, device));
    own.dispatchCountInPass += 1;
    if (own.dispatchCountInPass >= tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')) {
      backend.endComputePassEncoder();
      backend.submitQueue();
    }
  }
}

/** Workgroups in two dimensions where one cannot hold as many; the surplus returns at once. */
function grid(workgroups: number, device: GPUDevice): [number, number] {
  const most = device.limits.maxComputeWorkgroupsPerDimension;
  if (workgroups <= most) return [workgroups, 1];
  const rows = Math.ceil(workgroups / most);
  return [Math.ceil(workgroups / rows), rows];
}

function compile(
  device: GPUDevice,
  pass: Pass,
  label: string,
  parallel: boolean,
): GPUComputePipeline | Promise<GPUComputePipeline> {
  const { reads, makes = {}, rewrites = {}, uniforms = [], workgroupSize } = pass;
  const read = Object.keys(reads);
  const written = [...Object.keys(makes), ...Object.keys(rewrites)];
  const buffers = [
    ...read.map((name) => `var<storage, read> ${name} : array<f32>;`),
    ...written.map((name) => `var<storage, read_write> ${name} : array<f32>;`),
    ...(uniforms.length > 0 ? ['var<uniform> uniforms : Uniforms;'] : []),
  ];
  const code = `
    ${uniforms.length > 0 ? `struct Uniforms { ${uniforms.map(({ name, type }) => `${name} : ${type}`).join(', ')} }` : ''}
    ${buffers.map((declaration, binding) => `@group(0) @binding(${binding}) ${declaration}`).join('\n    ')}
    ${pass.code}
    @compute @workgroup_size(${workgroupSize})
    fn start(
      @builtin(workgroup_id) group : vec3<u32>,
      @builtin(num_workgroups) groups : vec3<u32>,
      @builtin(local_invocation_index) tid : u32,
    ) {
      main(i32(group.y * groups.x + group.x), i32(tid));
    }`;
  // Said outright: a layout by inference would leave out buffers that the code does not use.
  const entries = buffers.map((_, binding): GPUBindGroupLayoutEntry => {
    const type =
      binding < read.length
        ? 'read-only-storage'
        : binding < read.length + written.length
          ? 'storage'
          : 'uniform';
    return { binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } };
  });
  const layout = device.createPipelineLayout({
    bindGroupLayouts: [device.createBindGroupLayout({ entries })],
  });
  const module = device.createShaderModule({ code, label });
  const descriptor = { label, layout, compute: { module, entryPoint: 'start' } };
  return parallel ? device.createComputePipelineAsync(descriptor) : device.createComputePipeline(descriptor);
}
