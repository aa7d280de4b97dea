// Destroys the graphics device, as a crashing driver would. Only for tests, and only where the page allows it.
import { destroyDevice } from '@noisebook/ldm';
import { WorkerError } from '../errors.ts';
import type { Reply } from '../job.ts';
import type { Session } from '../session.ts';

export async function loseDevice(session: Session): Promise<Reply<{ readonly lost: boolean }>> {
  if (session.setup.allowDeviceLoss !== true) {
    throw new WorkerError(
      'bad-request',
      'Losing the device is for tests: make the engine with allowDeviceLoss.',
    );
  }
  return Promise.resolve({ result: { lost: destroyDevice() }, transfer: [] });
}
