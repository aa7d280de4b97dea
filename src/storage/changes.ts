// Tells every tab, and the worker of this one, that something in the store has changed.
import { DATABASE } from './names.ts';

const open = (): BroadcastChannel | undefined =>
  typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(DATABASE);

let sender: BroadcastChannel | undefined;

/** Says that a run or a model was made, changed, begun, ended or deleted. */
export function announceChange(): void {
  sender ??= open();
  sender?.postMessage('changed');
}

/** Calls back after changes, also those of this page. Returns the way to stop it. */
export function onChange(callback: () => void): () => void {
  const channel = open();
  channel?.addEventListener('message', () => callback());
  return () => channel?.close();
}
