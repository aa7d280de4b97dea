// Where nothing lasts, the runs are here and not in the page: it asks for them.
import type { LabMemoryResult } from '../../engine/protocol/lab.ts';
import type { LabMemoryRequest } from '../../engine/protocol/labJobs.ts';
import { announceChange, type RunStore } from '../../storage/index.ts';
import type { JobContext, Reply } from '../../engine/worker/job.ts';
import { openedStore } from '../../storage/openedStore.ts';
import type { Session } from '../../engine/worker/session.ts';

export async function labMemory(
  _session: Session,
  request: LabMemoryRequest,
  _context: JobContext<never>,
): Promise<Reply<LabMemoryResult>> {
  const { runs } = await openedStore();
  return { result: await answer(runs, request), transfer: [] };
}

async function answer(runs: RunStore, request: LabMemoryRequest): Promise<LabMemoryResult> {
  if (request.call === 'list') return { list: await runs.list() };
  if (request.call === 'history') return { history: await runs.history(request.id) };
  if (request.call === 'rename') await runs.rename(request.id, request.name);
  else await runs[request.call](request.id);
  announceChange();
  return {};
}
