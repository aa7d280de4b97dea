// One entry a job: what it takes, what it sends meanwhile, what it returns.
import type * as v from 'valibot';

/** A job as both sides know it. The schema is checked in the worker; what comes back is trusted, so it is a type alone. */
export interface Job<Request, Event, Result> {
  readonly request: v.GenericSchema<unknown, Request>;
  /** Never there: carries the types. */
  readonly types?: { readonly event: Event; readonly result: Result };
}

/** The types of one job. */
export interface JobTypes {
  readonly name: string;
  readonly request: unknown;
  readonly event: unknown;
  readonly result: unknown;
}

/** The types of a list of jobs, by name. */
export type JobsOf<Entries> = {
  readonly [N in keyof Entries]: Entries[N] extends Job<infer Request, infer Event, infer Result>
    ? { readonly name: N; readonly request: Request; readonly event: Event; readonly result: Result }
    : never;
};

/** `defineJob(schema).answers<Event, Result>()`, under the job's name. */
export function defineJob<Request>(request: v.GenericSchema<unknown, Request>) {
  return { answers: <Event, Result>(): Job<Request, Event, Result> => ({ request }) };
}
