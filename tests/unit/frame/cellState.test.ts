// The rules of a cell: recorded until touched, computing only on screen, only the newest request, shared values.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { shared, text, whole } from '../../../src/state/figureAddress.ts';
import { forgetShared } from '../../../src/state/shared.svelte.ts';
import { CellState, type Task } from '../../../src/components/kit/frame/cellState.svelte.ts';

const notices = new Set<(message: string) => void>();
vi.mock('../../../src/engine/page/pageEngine.ts', () => ({
  onEngineNotice: (callback: (message: string) => void) => {
    notices.add(callback);
    return () => notices.delete(callback);
  },
}));
let show: (visible: boolean) => void;
const location = { pathname: '/noise/', search: '', hash: '' };

beforeEach(() => {
  vi.useFakeTimers();
  location.search = '';
  location.hash = '';
  vi.stubGlobal('window', {
    location,
    history: {
      state: null,
      replaceState: (_: unknown, __: string, url: string) =>
        (location.search = /\?[^#]*/.exec(url)?.[0] ?? ''),
    },
  });
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(callback: (entries: { isIntersecting: boolean }[]) => void) {
        show = (isIntersecting) => callback([{ isIntersecting }]);
      }
      readonly observe = vi.fn();
      readonly disconnect = vi.fn();
    },
  );
});
afterEach(() => {
  forgetShared(['t', 'seed', 'picture']);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const fields = { t: shared(whole(0, 999, 400)), face: whole(0, 9, 3) };
const make = (options = {}) => {
  const cell = new CellState('4.3', fields, options);
  return { cell, unmount: cell.mount({} as Element) };
};
/** A task that ends when it is told to. */
function held() {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const task = vi.fn<Task>(() => promise);
  return { task, resolve, reject };
}
const settle = () => vi.advanceTimersByTimeAsync(0);

describe('values', () => {
  test('a cell is recorded until a control is touched; then the address follows', () => {
    const { cell } = make();
    expect([cell.live, cell.values]).toEqual([false, { t: 400, face: 3 }]);
    cell.set({ face: 5 });
    expect([cell.live, cell.values]).toEqual([true, { t: 400, face: 5 }]);
    expect(location.search).toBe('');
    vi.advanceTimersByTime(400);
    expect(location.search).toBe('?4.3.face=5');
    cell.reset();
    expect([cell.live, cell.values, location.search]).toEqual([false, { t: 400, face: 3 }, '']);
  });

  test('a shared value moves in every cell, and wakes those that follow', () => {
    const { cell } = make();
    const other = new CellState('1.2', { t: shared(whole(0, 499, 1)) });
    const heavy = new CellState('4.4', fields, { follows: false });
    for (const each of [other, heavy]) each.mount({} as Element);
    cell.set({ t: 700 });
    // 700 is out of the other's range: moved into it.
    expect([other.live, other.values.t]).toEqual([true, 499]);
    expect([heavy.live, heavy.values.t]).toEqual([false, 400]);
    heavy.set({ face: 1 });
    expect(heavy.values).toEqual({ t: 700, face: 1 });
  });

  test('the address makes a cell live; one that would download only if it is meant', () => {
    location.search = '?t=20';
    expect(make().cell.live).toBe(true);
    expect(make({ follows: false }).cell.live).toBe(false);
    location.hash = '#fig-4-3';
    expect(make({ follows: false }).cell.live).toBe(true);
    location.hash = '';
    location.search = '?4.3.face=7&4.3.nonsense=1';
    const { cell } = make({ follows: false });
    expect([cell.live, cell.values.face]).toEqual([true, 7]);
    location.search = '?4.3.face=pig';
    expect(make().cell.notices[0]).toMatch(/4\.3\.face/);
  });
});

describe('a cell that comes later', () => {
  test('opens at its own state, whatever others have moved, and follows from then on', () => {
    const { cell } = make();
    cell.set({ t: 999 });
    vi.advanceTimersByTime(400);
    expect(location.search).toBe('?t=999');
    const late = new CellState('1.2', { t: shared(whole(0, 999, 150)) });
    late.mount({} as Element);
    expect([late.live, late.values.t]).toEqual([false, 150]);
    cell.set({ t: 998 });
    expect([late.live, late.values.t]).toEqual([true, 998]);
  });

  test('takes a picture and a sentence that the reader has chosen before, since they are theirs on the whole page', () => {
    const withPicture = { ...fields, picture: shared(text(20, 'cat')) };
    const cell = new CellState('4.3', withPicture);
    cell.mount({} as Element);
    cell.set({ picture: 'own', t: 7 });
    const late = new CellState('1.2', withPicture);
    late.mount({} as Element);
    expect([late.live, late.values]).toEqual([true, { t: 400, face: 3, picture: 'own' }]);
  });

  test('takes what the address said when the page was opened', () => {
    location.search = '?t=20';
    make();
    const late = new CellState('1.2', { t: shared(whole(0, 999, 150)) });
    late.mount({} as Element);
    expect([late.live, late.values.t]).toEqual([true, 20]);
  });
});

describe('words that set a cell', () => {
  test('set what they name, and Undo takes it back to the recorded result', () => {
    const { cell } = make();
    cell.apply('t=999&4.3.face=7');
    expect([cell.live, cell.undoable, cell.values]).toEqual([true, true, { t: 999, face: 7 }]);
    vi.advanceTimersByTime(400);
    expect(location.search).toBe('?t=999&4.3.face=7');
    cell.undo();
    expect([cell.live, cell.undoable, cell.values]).toEqual([false, false, { t: 400, face: 3 }]);
    expect(location.search).toBe('');
  });

  test('Undo gives back what the reader had, shared values too', () => {
    const { cell } = make();
    cell.set({ t: 5, face: 1 });
    cell.apply('t=999');
    expect(cell.values).toEqual({ t: 999, face: 1 });
    cell.undo();
    expect([cell.live, cell.values]).toEqual([true, { t: 5, face: 1 }]);
    vi.advanceTimersByTime(400);
    expect(location.search).toBe('?t=5&4.3.face=1');
  });

  test('a touch makes the state the reader’s own: there is nothing to take back', () => {
    const { cell } = make();
    cell.apply('t=999');
    cell.set({ face: 2 });
    expect(cell.undoable).toBe(false);
    cell.undo();
    expect(cell.values).toEqual({ t: 999, face: 2 });
  });

  test('what is not understood is said', () => {
    const { cell } = make();
    cell.apply('4.3.face=pig');
    expect(cell.notices[0]).toMatch(/4\.3\.face/);
  });
});

describe('work', () => {
  test('waits until the cell is on screen, and of what came meanwhile only the newest runs', async () => {
    const { cell } = make();
    const tasks = Array.from({ length: 10 }, () => held());
    for (const { task } of tasks) void cell.run(task);
    await settle();
    expect(tasks.some(({ task }) => task.mock.calls.length > 0)).toBe(false);
    show(true);
    await settle();
    expect(tasks.map(({ task }) => task.mock.calls.length)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  test('a slider does not queue: the running task ends, then the newest runs', async () => {
    const { cell } = make();
    show(true);
    const tasks = Array.from({ length: 10 }, () => held());
    for (const { task } of tasks) {
      void cell.run(task);
      await settle();
    }
    tasks[0]!.resolve('wasm');
    await settle();
    expect(tasks.map(({ task }) => task.mock.calls.length)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(tasks[0]!.task.mock.calls[0]![0].signal.aborted).toBe(false);
  });

  test('long work is stopped by newer work when that is asked for', async () => {
    const { cell } = make();
    show(true);
    const [old, newer] = [held(), held()];
    void cell.run(old.task);
    await settle();
    void cell.run(newer.task, { supersede: 'abort' });
    expect(old.task.mock.calls[0]![0].signal.aborted).toBe(true);
    old.reject(new Error('aborted'));
    await settle();
    newer.resolve('wasm');
    await settle();
    expect(cell.phase).toMatchObject({ kind: 'live', backend: 'wasm' });
  });

  test('short work is not announced, long work is, and Stop ends it', async () => {
    const { cell } = make();
    show(true);
    const { task, reject } = held();
    void cell.run(task);
    await vi.advanceTimersByTimeAsync(100);
    expect(cell.busy).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    expect(cell.busy).toBe(true);
    cell.stop();
    expect(cell.phase.kind).toBe('stopped');
    expect(task.mock.calls[0]![0].signal.aborted).toBe(true);
    reject(new Error('aborted'));
    await settle();
    expect(cell.phase.kind).toBe('stopped');
    const next = held();
    void cell.run(next.task);
    await settle();
    expect(next.task).toHaveBeenCalledOnce();
  });

  test('a failure is shown in words, and the next task runs', async () => {
    const { cell } = make();
    show(true);
    await Promise.all([cell.run(() => Promise.reject(new Error('No room.'))), settle()]);
    expect(cell.phase).toEqual({ kind: 'error', message: 'No room.' });
    await Promise.all([cell.run(() => Promise.resolve(undefined)), settle()]);
    expect(cell.phase.kind).toBe('live');
  });

  test('a cell that goes away stops its work', async () => {
    const { cell, unmount } = make();
    show(true);
    const { task } = held();
    void cell.run(task);
    await settle();
    unmount();
    expect(task.mock.calls[0]![0].signal.aborted).toBe(true);
  });
});

test('what the engine has to say is said in the figure that waits for it, and in no other', async () => {
  // Cells of earlier tests are still there.
  const before = notices.size;
  const resting = make();
  const waiting = make();
  show(true);
  const { task, resolve } = held();
  void waiting.cell.run(task);
  await vi.advanceTimersByTimeAsync(500);
  for (const tell of notices) tell('The graphics device was lost.');
  expect(resting.cell.notices).toEqual([]);
  expect(waiting.cell.notices).toEqual(['The graphics device was lost.']);
  resolve('wasm');
  await settle();
  waiting.unmount();
  resting.unmount();
  expect(notices.size).toBe(before);
});
