// @ts-check
// The linter: strict type-checked rules, Svelte and Astro, and the one-way imports of tools/lint/layers.ts.
import js from '@eslint/js';
import astro from 'eslint-plugin-astro';
import svelte from 'eslint-plugin-svelte';
import { defineConfig } from 'eslint/config';
import globals from 'globals';
import tseslint from 'typescript-eslint';
import svelteConfig from './svelte.config.js';
import { importsRule } from './tools/lint/importsRule.ts';

const typed = ['**/*.{ts,mts,svelte}'];

/** Names that only exist where there is a page, or only inside a worker. */
const pageGlobals = [
  'document',
  'window',
  'localStorage',
  'sessionStorage',
  'history',
  'alert',
  'HTMLElement',
  'customElements',
];
const workerGlobals = ['self', 'postMessage', 'importScripts', 'onmessage', 'DedicatedWorkerGlobalScope'];
const notHere = (/** @type {string[]} */ names, /** @type {string} */ message) =>
  names.map((name) => ({ name, message }));
const noPage = notHere(
  pageGlobals,
  'Only what runs on the page touches it: components, state, storage, userContent, page/ of engine and lab.',
);
const noWorker = notHere(
  workerGlobals,
  'Only workers use worker globals: src/compute, worker/ of engine and lab, serviceWorker.',
);

const noRandom = {
  object: 'Math',
  property: 'random',
  message: 'Draw from a seeded generator: src/lib/ldm/base/rng.ts.',
};
const noOwnWriting = ['toFixed', 'toLocaleString', 'toPrecision'].map((property) => ({
  property,
  message: 'Numbers are written, and rounded, by src/writing/numbers.ts.',
}));

export default defineConfig(
  {
    ignores: [
      'dist/',
      'src/lib/ldm/dist/',
      '.astro/',
      '.cache/',
      '.venv/',
      'node_modules/',
      'public/',
      'training/',
      'data/',
      'test-results/',
      'playwright-report/',
    ],
  },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: typed,
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte', '.astro'],
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // tsconfig's noPropertyAccessFromIndexSignature asks for the brackets.
      '@typescript-eslint/dot-notation': 'off',
      // An index below a known length is the one place for `!`: numeric code is full of them.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // TensorFlow.js's operations return whatever tensor type the caller claims: the claim may stand behind the call.
      '@typescript-eslint/no-unnecessary-type-assertion': [
        'error',
        { typesToIgnore: ['T', ...['', '1D', '2D', '3D', '4D', '5D'].map((rank) => `tf.Tensor${rank}`)] },
      ],
      // Shapes read as tuples, one type a line; both spellings are fine.
      '@typescript-eslint/consistent-type-definitions': 'off',
    },
  },
  svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      globals: globals.browser,
      parserOptions: {
        projectService: true,
        extraFileExtensions: ['.svelte'],
        parser: tseslint.parser,
        svelteConfig,
      },
    },
  },
  {
    // The linter's compiler can't see what a Svelte component takes: it is `any` to it. svelte-check sees it.
    files: ['**/*.svelte'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  astro.configs.recommended,
  {
    plugins: { noisebook: { rules: { imports: importsRule } } },
    rules: {
      eqeqeq: 'error',
      'no-restricted-properties': ['error', noRandom],
    },
  },
  {
    // Numbers that readers see have one voice.
    files: ['src/**'],
    ignores: ['src/lib/**', 'src/writing/**'],
    rules: { 'no-restricted-properties': ['error', noRandom, ...noOwnWriting] },
  },
  {
    // What TensorFlow.js hands out as its backend is taken for the class that was registered.
    files: ['src/lib/ldm/backend/**'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  // Cleaning text means naming its control characters.
  { files: ['src/lib/ldm/tokenizer/**'], rules: { 'no-control-regex': 'off' } },
  { files: ['src/**', 'tools/**', 'bench/**', 'tests/**'], rules: { 'noisebook/imports': 'error' } },
  {
    files: ['src/**'],
    rules: { 'no-console': 'error', 'no-restricted-globals': ['error', ...noPage, ...noWorker] },
  },
  {
    files: ['src/{components,state,storage,userContent}/**', 'src/{engine,lab}/page/**'],
    rules: { 'no-restricted-globals': ['error', ...noWorker] },
  },
  {
    files: ['src/{compute,serviceWorker}/**', 'src/{engine,lab,userContent}/worker/**'],
    rules: { 'no-restricted-globals': ['error', ...noPage] },
  },
  {
    files: ['**/*.{js,mjs}', 'tools/**', 'bench/**', 'tests/**', '*.ts'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
);
