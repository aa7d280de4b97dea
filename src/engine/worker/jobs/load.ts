// Downloads a model and puts its weights on the backend.
import type { EngineJobs, LoadEvent, LoadResult } from '../../protocol/messages.ts';
import { totalBytes } from '../download/manifest.ts';
import type { JobContext, Reply } from '../job.ts';
import type { Session } from '../session.ts';
import { tapPointsOf } from '../taps.ts';

export async function load(
  session: Session,
  { model: name, beside }: EngineJobs['load']['request'],
  { signal, emit }: JobContext<LoadEvent>,
): Promise<Reply<LoadResult>> {
  return session.enqueue({ signal, emit }, () =>
    session.run(
      name,
      signal,
      ({ manifest, pipeline, backend }) => {
        const result = {
          model: name,
          title: manifest.title ?? manifest.name,
          totalBytes: totalBytes(manifest.files),
          knownWords: manifest.knownWords,
          tapPoints: tapPointsOf(pipeline),
          backend,
        };
        return Promise.resolve({ result, transfer: [] });
      },
      beside,
    ),
  );
}
