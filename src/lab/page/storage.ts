// Room for what the lab stores, and the browser's promise to keep it.
import type { Room } from './types.ts';

let asked: Promise<boolean> | undefined;

const manager = (): Partial<StorageManager> | undefined => (navigator as Partial<Navigator>).storage;

/** Asks the browser, once a page, not to clear what is stored by itself. Some ask the reader. */
export function askToKeep(): Promise<boolean> {
  asked ??= (async () => {
    const storage = manager();
    try {
      if ((await storage?.persisted?.()) === true) return true;
      return (await storage?.persist?.()) ?? false;
    } catch {
      return false;
    }
  })();
  return asked;
}

/** How much room there is. */
export async function storageRoom(): Promise<Room> {
  const storage = manager();
  try {
    const [estimate, persisted = false] = await Promise.all([storage?.estimate?.(), storage?.persisted?.()]);
    const { quota, usage } = estimate ?? {};
    return {
      free: quota === undefined ? undefined : Math.max(0, quota - (usage ?? 0)),
      used: usage,
      persisted,
    };
  } catch {
    return { free: undefined, used: undefined, persisted: false };
  }
}
