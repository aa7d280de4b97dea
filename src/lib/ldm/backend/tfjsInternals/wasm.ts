// What our kernels need of TensorFlow.js's wasm backend (4.22) beyond its declared interface, named in one place.
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** The fields of BackendWasm that its declaration leaves out. */
export interface WasmInternals {
  readonly dataIdMap: {
    get(id: object): { readonly id: number; readonly memoryOffset: number } | undefined;
  };
  readonly wasm: {
    /** All memory, as it is now: it may move when something is allocated. */
    readonly HEAPU8: Uint8Array;
    /** What the module exports. The threaded build makes its memory outside of it. */
    readonly asm?: { readonly memory?: WebAssembly.Memory };
    readonly tfjs: {
      disposeData(id: number): void;
      registerTensor(id: number, size: number, offset: number): void;
    };
  };
}

export function wasmInternals(backend: BackendWasm): WasmInternals {
  return backend as unknown as WasmInternals;
}
