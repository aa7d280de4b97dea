// Which part of the house may import which: the table behind the lint rule `noisebook/imports`.
//
// Imports go one way. Compute: config, rng -> schedules, weights, tokenizer, datasets -> nn -> models -> diffusion ->
// samplers -> training -> pipeline -> worker, tools. Screen: protocol, schedules, runs -> client -> figures, controls -> cells
// -> chapters -> pages.

export interface Layer {
  readonly name: string;
  /** A file belongs to the first layer whose pattern fits its path from the repository's root. */
  readonly files: RegExp;
  /** Layers whose values may be imported. A layer may always import itself. */
  readonly imports: readonly string[];
  /** Layers of which types, and only types, may be imported. */
  readonly typesFrom?: readonly string[];
}

const base = ['config', 'rng', 'time'];
const numbers = [...base, 'schedules', 'weights', 'tokenizer', 'datasets'];
const compute = [
  ...numbers,
  'numbers',
  'recipes',
  'nn',
  'models',
  'diffusion',
  'samplers',
  'training',
  'backend',
  'pipeline',
  'library',
];
const upTo = (name: string): string[] => compute.slice(0, compute.indexOf(name));
// What the page itself may compute: plain numbers, no tensors.
const screen = [
  ...base,
  'schedules',
  'numbers',
  'recipes',
  'datasets',
  'protocol',
  'sha256',
  'runs',
  'client',
];
const glyphs = [...screen, 'marks'];
const parts = [...glyphs, 'figures', 'controls'];

export const layers: readonly Layer[] = [
  { name: 'config', files: /^src\/lib\/ldm\/config(\.ts$|\/)/, imports: [] },
  { name: 'rng', files: /^src\/lib\/ldm\/rng(\.ts$|\/)/, imports: [] },
  // The one time limit, for the library, the page and its workers.
  { name: 'time', files: /^src\/lib\/ldm\/inTime\.ts$/, imports: [] },
  { name: 'schedules', files: /^src\/lib\/ldm\/schedules\//, imports: base },
  { name: 'weights', files: /^src\/lib\/ldm\/weights\//, imports: base },
  { name: 'tokenizer', files: /^src\/lib\/ldm\/tokenizer\//, imports: base },
  { name: 'datasets', files: /^src\/datasets\//, imports: base },
  // Metrics and other arithmetic on plain arrays: pages use it too, so no TensorFlow.js here.
  { name: 'numbers', files: /^src\/lib\/ldm\/metrics\//, imports: numbers },
  { name: 'nn', files: /^src\/lib\/ldm\/nn\//, imports: numbers },
  { name: 'models', files: /^src\/lib\/ldm\/models\//, imports: upTo('models') },
  { name: 'diffusion', files: /^src\/lib\/ldm\/diffusion\//, imports: upTo('diffusion') },
  { name: 'samplers', files: /^src\/lib\/ldm\/samplers\//, imports: upTo('samplers') },
  // What a training run is and takes, as numbers: pages show it before anything trains. No tensors here.
  {
    name: 'recipes',
    files: /^src\/lib\/ldm\/training\/(recipe|presets|architecture|networkCosts|estimate)\.ts$/,
    imports: [...numbers, 'numbers'],
  },
  { name: 'training', files: /^src\/lib\/ldm\/training\//, imports: upTo('training') },
  { name: 'backend', files: /^src\/lib\/ldm\/backend\//, imports: upTo('models') },
  { name: 'pipeline', files: /^src\/lib\/ldm\/pipeline(\.ts$|\/)/, imports: upTo('pipeline') },
  { name: 'library', files: /^src\/lib\/ldm\/index\.ts$/, imports: upTo('library') },

  { name: 'protocol', files: /^src\/protocol(\.ts$|\/)/, imports: [], typesFrom: [...compute, 'runs'] },
  // The sum that names bytes, for pages and the worker alike.
  { name: 'sha256', files: /^src\/sha256\.ts$/, imports: [] },
  // What the browser keeps of training runs; pages and the worker use it alike, so no tensors here.
  {
    name: 'runs',
    files: /^src\/runs\//,
    imports: [...base, 'weights', 'tokenizer', 'datasets', 'numbers', 'recipes', 'schedules'],
    typesFrom: [...compute, 'protocol'],
  },
  { name: 'worker', files: /^src\/worker\//, imports: [...compute, 'protocol', 'sha256', 'runs'] },
  { name: 'serviceWorker', files: /^src\/serviceWorker\//, imports: [] },
  {
    name: 'client',
    files: /^src\/client\//,
    imports: screen,
    typesFrom: compute,
  },
  // Reads the repository while the site is built; never part of what a reader downloads.
  { name: 'build', files: /^src\/build\//, imports: [...numbers, 'cells'] },
  { name: 'placed', files: /^src\/components\/cells\/.*\.astro$/, imports: [...parts, 'cells', 'build'] },
  { name: 'marks', files: /^src\/components\/marks\//, imports: [] },
  { name: 'figures', files: /^src\/components\/figures\//, imports: glyphs, typesFrom: compute },
  { name: 'controls', files: /^src\/components\/controls\//, imports: glyphs, typesFrom: compute },
  { name: 'cells', files: /^src\/components\/cells\//, imports: parts, typesFrom: compute },
  { name: 'components', files: /^src\/components\//, imports: [...parts, 'cells', 'build'] },
  {
    name: 'chapters',
    files: /^src\/content(\/|\.config\.ts$)/,
    imports: ['marks', 'figures', 'controls', 'cells', 'placed', 'components', 'build'],
  },
  {
    name: 'layouts',
    files: /^src\/layouts\//,
    imports: ['client', 'components', 'controls', 'marks', 'styles', 'chapters', 'build'],
  },
  { name: 'styles', files: /^src\/styles\//, imports: [] },
  {
    name: 'pages',
    files: /^src\/pages\//,
    imports: [...parts, 'cells', 'placed', 'components', 'chapters', 'layouts', 'styles', 'build'],
  },

  {
    name: 'tools',
    files: /^(tools|bench)\//,
    imports: [...compute, 'protocol', 'runs', 'worker', 'client', 'figures', 'cells', 'bench'],
  },
  // Tests and the configuration files at the root may look at everything.
  { name: 'tests', files: /^tests\//, imports: ['*'] },
  { name: 'root', files: /^[^/]+\.(ts|js|mjs)$/, imports: ['*'] },
  // Type declarations for the bundler's own imports.
  { name: 'declarations', files: /^src\/[^/]+\.d\.ts$/, imports: [] },
];

export interface PackageRule {
  readonly packages: RegExp;
  /** Layers that may import these packages; tests and the root's configuration always may. */
  readonly only: readonly string[];
}

const tensors = compute.slice(compute.indexOf('nn'));
const drawing = [
  'marks',
  'figures',
  'controls',
  'cells',
  'placed',
  'components',
  'chapters',
  'layouts',
  'pages',
];

export const packageRules: readonly PackageRule[] = [
  // The addresses of the binaries, which the backend is given, are no code of it.
  { packages: /^@tensorflow\/tfjs-backend-wasm\/dist\/.*\.wasm$/, only: ['backend', 'worker', 'tools'] },
  { packages: /^@tensorflow\/tfjs-backend-/, only: ['backend'] },
  { packages: /^@tensorflow\/tfjs-core($|\/)/, only: [...tensors, 'worker', 'tools'] },
  { packages: /^@tensorflow\//, only: [] },
  { packages: /^idb$/, only: ['runs'] },
  { packages: /^@dicebear\//, only: ['datasets'] },
  { packages: /^(svelte|d3|@observablehq\/plot)($|[-/])/, only: [...drawing, 'client'] },
  { packages: /^astro($|[:/])/, only: [...drawing, 'client', 'tools'] },
  { packages: /^(node:|typescript$)/, only: ['build', 'tools', 'pages', 'layouts'] },
];

/** The layer of a path from the repository's root, or undefined when the file has none. */
export function layerOf(path: string): Layer | undefined {
  return layers.find((layer) => layer.files.test(path));
}

/**
 * Judges one import.
 * @param from path of the importing file, from the repository's root
 * @param to path of a file from the root, or the bare name of a package
 * @param options `isPackage`: `to` names a package; `typeOnly`: nothing of the import is left when it runs
 * @returns what is wrong, or undefined when the import is allowed
 */
export function judgeImport(
  from: string,
  to: string,
  options: { isPackage: boolean; typeOnly: boolean },
): string | undefined {
  const source = layerOf(from);
  if (source === undefined) return `${from} belongs to no layer: give it one in tools/lint/layers.ts.`;
  if (source.imports.includes('*')) return undefined;
  if (options.isPackage) {
    const rule = packageRules.find(({ packages }) => packages.test(to));
    if (rule === undefined || rule.only.includes(source.name)) return undefined;
    const owners =
      rule.only.length === 0 ? 'nobody (use @tensorflow/tfjs-core)' : `only ${rule.only.join(', ')}`;
    return `${source.name} may not import ${to}: ${owners} may.`;
  }
  const target = layerOf(to);
  if (target === undefined) {
    // Data and pictures outside the layers (package.json, public/) are no code.
    return to.startsWith('src/')
      ? `${to} belongs to no layer: give it one in tools/lint/layers.ts.`
      : undefined;
  }
  if (target.name === source.name || source.imports.includes(target.name)) return undefined;
  if (options.typeOnly && source.typesFrom?.includes(target.name) === true) return undefined;
  const allowed = source.imports.length === 0 ? 'nothing' : source.imports.join(', ');
  const types =
    source.typesFrom?.includes(target.name) === true ? ` (types of ${target.name} are allowed)` : '';
  return `${source.name} may not import ${target.name}: it may import ${allowed}${types}.`;
}
