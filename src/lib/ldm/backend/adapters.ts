// What graphics hardware there is, found out without loading a backend for it.
import { inTime } from '../base/inTime.ts';
import { isSoftwareAdapter } from './types.ts';

/** Milliseconds that a driver may take to say whether it is there. */
const ADAPTER_MS = 4000;

interface DescribedAdapter {
  readonly adapter: GPUAdapter;
  readonly name: string;
  readonly software: boolean;
}

/** The adapter that a device would be made from, or undefined where there is none or none answers in time. */
export async function findAdapter(): Promise<DescribedAdapter | undefined> {
  const gpu = (globalThis.navigator as Navigator | undefined)?.gpu;
  if (gpu === undefined) return undefined;
  const adapter = await inTime(
    gpu.requestAdapter({ powerPreference: 'high-performance' }),
    ADAPTER_MS,
    'the graphics adapter',
  ).catch(() => null);
  if (adapter === null) return undefined;
  // `info` came later than WebGPU itself, and `isFallbackAdapter` moved into it.
  const info = adapter.info as GPUAdapterInfo | undefined;
  const fallback =
    info?.isFallbackAdapter ?? (adapter as { isFallbackAdapter?: boolean }).isFallbackAdapter ?? false;
  const words = [info?.vendor, info?.architecture, info?.device, info?.description];
  const name =
    [...new Set(words.filter((word) => word !== undefined && word !== ''))].join(' ') || 'unnamed adapter';
  return { adapter, name, software: fallback || isSoftwareAdapter(...words) };
}

/** The name of the graphics card behind WebGL 2, or undefined where there is no WebGL 2. */
export function findRenderer(): { readonly name: string; readonly software: boolean } | undefined {
  if (typeof OffscreenCanvas === 'undefined') return undefined;
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2', { failIfMajorPerformanceCaveat: false });
  if (gl === null) return undefined;
  const extension = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(extension === null ? gl.RENDERER : extension.UNMASKED_RENDERER_WEBGL));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return { name: rendererName(name), software: isSoftwareAdapter(name) };
}

/** The card's own name out of "ANGLE (vendor, card, driver)"; anything else as it is. */
export function rendererName(renderer: string): string {
  return /^ANGLE \([^,]+, (.+), [^,]+\)$/.exec(renderer)?.[1] ?? renderer;
}
