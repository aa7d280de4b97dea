// The wasm thread's source text refers to nothing outside itself, in the package as it is installed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tfjsThreads } from '../../../tools/site/tfjsThreads.ts';

const folder = join(import.meta.dirname, '../../../node_modules/@tensorflow/tfjs-backend-wasm/wasm-out');

function transform(file: string): string | undefined {
  const id = join(folder, file);
  const hook = tfjsThreads().transform as (code: string, id: string) => { code: string } | undefined;
  return hook(readFileSync(id, 'utf8'), id)?.code;
}

it('takes the outer variable out of the factory that threads are made from', () => {
  const code = transform('tfjs-backend-wasm-threaded-simd.js') ?? '';
  expect(code).not.toMatch(/var _scriptDir|_scriptDir =/);
  expect(code).toContain('typeof _scriptDir !== "undefined"');
});

it('leaves the factory without threads alone, which uses the variable unguarded', () => {
  expect(transform('tfjs-backend-wasm.js')).toBeUndefined();
  expect(readFileSync(join(folder, 'tfjs-backend-wasm.js'), 'utf8')).toContain('if(_scriptDir)');
});

it('fails the build when the package has changed', () => {
  const hook = tfjsThreads().transform as (code: string, id: string) => unknown;
  expect(() => hook('other();', join(folder, 'tfjs-backend-wasm-threaded-simd.js'))).toThrow(
    /package has changed/,
  );
});
