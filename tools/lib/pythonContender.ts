// training/time_step.py as a child that is asked for steps, line by line.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TimedStep } from '../../bench/training/types.ts';

const script = join(import.meta.dirname, '../../training/time_step.py');

/** Says why this Python cannot do it, or undefined when it can. */
export function whatPythonLacks(python: string): string | undefined {
  const { status, error, stderr } = spawnSync(python, ['-c', 'import torch, diffusers, transformers'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return error.message;
  return status === 0 ? undefined : (stderr.trim().split('\n').at(-1) ?? `it ended with ${String(status)}`);
}

export interface PythonContender {
  readonly label: string;
  run(steps: number): Promise<TimedStep[]>;
  close(): void;
}

export async function openPython(python: string, folder: string, threads: number): Promise<PythonContender> {
  const child = spawn(python, [script, folder, '--threads', String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: String(threads) },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<unknown> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`${script} ended before it answered; see its message above.`);
    return JSON.parse(line.value);
  };
  const { torch, diffusers } = (await answer()) as { torch: string; diffusers: string };
  return {
    label: `torch ${torch}, diffusers ${diffusers}`,
    run: async (steps) => {
      child.stdin.write(`${steps}\n`);
      return (await answer()) as TimedStep[];
    },
    close: () => {
      child.stdin.end();
    },
  };
}
