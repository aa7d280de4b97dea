// Checks that the requests of several rooms have in common. For the worker: a page imports types alone.
import * as v from 'valibot';

/** An integer in a range, both ends included. */
export const whole = (min: number, max: number): v.GenericSchema<unknown, number> =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

/** Folder name below `weights/`, for example 'faces-64', or that of a model in this browser, 'own-' and its id. */
export const ModelName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected a folder name such as faces-64'),
);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What `read` makes of a value; what it refuses is refused in its words. */
export const readBy = <T>(read: (value: unknown) => T): v.GenericSchema<unknown, T> =>
  v.pipe(
    v.unknown(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      try {
        return read(dataset.value);
      } catch (error) {
        addIssue({ message: messageOf(error) });
        return NEVER;
      }
    }),
  );

/** Why `check` throws for a value; undefined where it doesn't. */
export const problemOf =
  <T>(check: (value: T) => void) =>
  (value: T): string | undefined => {
    try {
      check(value);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  };
