// A bundler plugin that keeps the threads of TensorFlow.js's wasm backend alive through minification.
import type { Plugin } from 'vite';

// Only the threaded one: the other is never turned into text, and uses the variable without a guard.
const factory = 'tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js';
const outerVariable = /^\s*var _scriptDir = .*\n\s*if \(typeof __filename .*\n/m;

/**
 * Each wasm thread is started from the source text of one function (`factory.toString()`). That function looks at
 * `_scriptDir`, a variable outside it, behind a `typeof` guard. A minifier renames the variable and drops the guard, as it
 * may, and every thread dies with "e is not defined". The variable is only of use to a classic script: without it the
 * guard holds.
 */
export function tfjsThreads(): Plugin {
  return {
    name: 'noisebook-tfjs-threads',
    transform(code, id) {
      if (!id.replace(/[?#].*$/, '').endsWith(factory)) return undefined;
      if (!outerVariable.test(code)) {
        throw new Error(
          `${id}: expected the definition of _scriptDir. The package has changed: look at tools/site/tfjsThreads.ts.`,
        );
      }
      return { code: code.replace(outerVariable, ''), map: null };
    },
  };
}
