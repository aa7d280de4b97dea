// The backend in use and whether it is still alive. One realm (page, worker, process) has one.
import { DeviceLostError, type BackendInfo } from './types.ts';

interface State {
  info: BackendInfo | undefined;
  onLost: ((reason: string) => void) | undefined;
  lost: string | undefined;
  /** Counts backends, so that a late message of an old device is not taken for the present one's. */
  generation: number;
  destroyDevice: (() => void) | undefined;
}

const state: State = {
  info: undefined,
  onLost: undefined,
  lost: undefined,
  generation: 0,
  destroyDevice: undefined,
};

/** Starts a new life; returns the function by which its device reports its end. */
export function beginGeneration(): (reason: string) => void {
  state.generation++;
  state.lost = undefined;
  state.info = undefined;
  state.destroyDevice = undefined;
  const mine = state.generation;
  return (reason) => {
    if (mine !== state.generation || state.lost !== undefined) return;
    state.lost = reason;
    state.onLost?.(reason);
  };
}

/** Ends the present life: whatever its device still says is ignored. */
export function endGeneration(): void {
  beginGeneration();
  state.onLost = undefined;
}

export function setOnLost(onLost: ((reason: string) => void) | undefined): void {
  state.onLost = onLost;
}

export function setBackendInfo(info: BackendInfo, destroyDevice?: () => void): void {
  state.info = info;
  state.destroyDevice = destroyDevice;
}

/** The backend in use, undefined before `initBackend` and after `releaseBackend`. */
export function backendInfo(): BackendInfo | undefined {
  return state.info;
}

/** Destroys the device as if the driver had died; `onLost` follows. False where there is no device (wasm). For tests. */
export function destroyDevice(): boolean {
  if (state.destroyDevice === undefined) return false;
  state.destroyDevice();
  return true;
}

/** @throws DeviceLostError once the device is gone: call it after every wait */
export function assertBackendAlive(): void {
  if (state.lost !== undefined) throw new DeviceLostError(state.lost);
}
