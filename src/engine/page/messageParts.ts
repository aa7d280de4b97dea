// Parts that many messages of the worker have in common.
import * as v from 'valibot';

export const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
export const Floats = v.custom<Float32Array<ArrayBuffer>>(
  (value) => value instanceof Float32Array && value.buffer instanceof ArrayBuffer,
);
export const Pixels = v.custom<Uint8ClampedArray<ArrayBuffer>>(
  (value) => value instanceof Uint8ClampedArray && value.buffer instanceof ArrayBuffer,
);

export const Backend = {
  backend: v.picklist(['webgpu', 'webgl', 'wasm']),
  label: v.string(),
  threads: v.exactOptional(Count),
  adapter: v.exactOptional(v.string()),
  software: v.boolean(),
};
