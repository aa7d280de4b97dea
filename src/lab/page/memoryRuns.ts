// Runs where nothing lasts: they are in the worker's memory, and this asks it for them.
import type { LabMemoryResult } from '../../engine/protocol/lab.ts';
import type { LabMemoryRequest } from '../../engine/protocol/labJobs.ts';
import type { RunHistory, RunRecord, Unreadable } from '../../storage/index.ts';
import type { Engine } from '../../engine/page/engineTypes.ts';
import { missingRun } from './errors.ts';

/** The calls of the store that the lab's list needs. */
export interface ListedRuns {
  list(): Promise<readonly RunRecord[]>;
  listUnreadable(): Promise<readonly Unreadable[]>;
  history(id: string): Promise<RunHistory>;
  rename(id: string, name: string): Promise<void>;
  reset(id: string): Promise<void>;
  remove(id: string): Promise<void>;
}

export class MemoryRuns implements ListedRuns {
  readonly #engine: () => Promise<Engine>;
  #any = false;

  constructor(engine: () => Promise<Engine>) {
    this.#engine = engine;
  }

  /** Says that there is a run: before, the worker need not be started for a list. */
  made(): void {
    this.#any = true;
  }

  async list(): Promise<readonly RunRecord[]> {
    return this.#any ? ((await this.#ask({ call: 'list' })).list ?? []) : [];
  }

  listUnreadable(): Promise<readonly Unreadable[]> {
    return Promise.resolve([]);
  }

  async history(id: string): Promise<RunHistory> {
    const { history } = await this.#ask({ call: 'history', id });
    if (history === undefined) throw missingRun();
    return history;
  }

  async rename(id: string, name: string): Promise<void> {
    await this.#ask({ call: 'rename', id, name });
  }

  async reset(id: string): Promise<void> {
    await this.#ask({ call: 'reset', id });
  }

  async remove(id: string): Promise<void> {
    await this.#ask({ call: 'remove', id });
  }

  async #ask(request: LabMemoryRequest): Promise<LabMemoryResult> {
    return (await this.#engine()).call('lab-memory', request);
  }
}
