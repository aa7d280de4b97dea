// Where nothing lasts, the runs are here and not in the page: it asks for them.
import type { LabMemoryRequest, LabMemoryResult } from '../../protocol/lab.ts';
import { announceChange, type RunStore } from '../../runs/index.ts';
import type { JobContext, Reply } from '../job.ts';
import { ownStore } from '../ownStore.ts';
import type { Session } from '../session.ts';

export async function labMemory(
  _session: Session,
  request: LabMemoryRequest,
  _context: JobContext<never>,
): Promise<Reply<LabMemoryResult>> {
  const { runs } = await ownStore();
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
