// Which room of the house may import which: the table behind the lint rule `noisebook/imports`. Arrows go down only.
//
// A folder is a row; docs/ARCHITECTURE.md says what lives in it. The library is a house of its own with its own rows:
// the house enters it by its doors alone, the `exports` of its package: `@noisebook/ldm/numbers` is for all.

export interface Room {
  readonly name: string;
  /** The folder, from the repository's root. A file belongs to the room with the longest folder that holds it. */
  readonly folder: string;
  /** Rooms that it may import; itself always. '*': all of them. */
  readonly imports: readonly string[];
}

/** The library without tensors: what pages may compute with. */
const plain = ['base', 'config', 'schedules', 'weights', 'tokenizer', 'metrics', 'recipe'];
const tensors = ['nn', 'models', 'diffusion', 'samplers', 'training', 'backend', 'pipeline'];
const library: readonly Room[] = [
  { name: 'base', folder: 'src/lib/ldm/base', imports: [] },
  { name: 'config', folder: 'src/lib/ldm/config', imports: ['base'] },
  { name: 'schedules', folder: 'src/lib/ldm/schedules', imports: ['base', 'config'] },
  { name: 'weights', folder: 'src/lib/ldm/weights', imports: ['base', 'config'] },
  { name: 'tokenizer', folder: 'src/lib/ldm/tokenizer', imports: ['base', 'config'] },
  { name: 'metrics', folder: 'src/lib/ldm/metrics', imports: ['base', 'config', 'schedules'] },
  { name: 'recipe', folder: 'src/lib/ldm/recipe', imports: ['base', 'config', 'schedules'] },
  { name: 'nn', folder: 'src/lib/ldm/nn', imports: plain },
  { name: 'models', folder: 'src/lib/ldm/models', imports: [...plain, 'nn'] },
  { name: 'backend', folder: 'src/lib/ldm/backend', imports: [...plain, 'nn'] },
  { name: 'diffusion', folder: 'src/lib/ldm/diffusion', imports: [...plain, 'nn', 'models'] },
  { name: 'samplers', folder: 'src/lib/ldm/samplers', imports: [...plain, 'nn', 'models', 'diffusion'] },
  {
    name: 'training',
    folder: 'src/lib/ldm/training',
    imports: [...plain, 'nn', 'models', 'diffusion', 'samplers'],
  },
  { name: 'pipeline', folder: 'src/lib/ldm/pipeline', imports: [...plain, ...tensors] },
  { name: 'node', folder: 'src/lib/ldm/node', imports: plain },
  { name: 'ldm', folder: 'src/lib/ldm', imports: [...plain, ...tensors] },
];

const ground = ['datasets', 'loading', 'state', 'storage', 'writing'];
const page = [...ground, 'engine/protocol', 'engine/page', 'lab', 'lab/page', 'userContent'];
const figures = [...page, 'kit'];
const site = [...figures, 'siteData', 'prose', 'content', 'site', 'card', 'figures'];

const house: readonly Room[] = [
  { name: 'writing', folder: 'src/writing', imports: [] },
  { name: 'loading', folder: 'src/loading', imports: [] },
  { name: 'datasets', folder: 'src/datasets', imports: [] },
  { name: 'state', folder: 'src/state', imports: ['writing'] },
  { name: 'storage', folder: 'src/storage', imports: ['datasets', 'loading', 'state', 'writing'] },
  { name: 'engine/protocol', folder: 'src/engine/protocol', imports: ground },
  { name: 'engine/page', folder: 'src/engine/page', imports: [...ground, 'engine/protocol'] },
  { name: 'engine/worker', folder: 'src/engine/worker', imports: [...ground, 'engine/protocol'] },
  { name: 'lab', folder: 'src/lab', imports: [...ground, 'engine/protocol'] },
  {
    name: 'lab/page',
    folder: 'src/lab/page',
    imports: [...ground, 'engine/protocol', 'engine/page', 'lab'],
  },
  {
    name: 'lab/worker',
    folder: 'src/lab/worker',
    imports: [...ground, 'engine/protocol', 'engine/worker', 'lab'],
  },
  {
    name: 'userContent',
    folder: 'src/userContent',
    imports: [...ground, 'engine/protocol', 'engine/page'],
  },
  {
    name: 'compute',
    folder: 'src/compute',
    imports: [...ground, 'engine/protocol', 'engine/worker', 'lab/worker'],
  },
  { name: 'kit', folder: 'src/components/kit', imports: [...page, 'siteData'] },
  { name: 'figures', folder: 'src/components/figures', imports: [...figures, 'siteData'] },
  { name: 'siteData', folder: 'src/siteData', imports: ground },
  { name: 'prose', folder: 'src/components/prose', imports: ['kit', 'content', 'writing'] },
  { name: 'site', folder: 'src/components/site', imports: site },
  { name: 'card', folder: 'src/components/card', imports: site },
  {
    name: 'content',
    folder: 'src/content',
    imports: ['kit', 'prose', 'figures', 'siteData', 'lab', 'writing'],
  },
  { name: 'styles', folder: 'src/styles', imports: [] },
  { name: 'layouts', folder: 'src/layouts', imports: [...site, 'styles', 'layouts'] },
  { name: 'pages', folder: 'src/pages', imports: [...site, 'styles', 'layouts'] },
  { name: 'serviceWorker', folder: 'src/serviceWorker', imports: [] },
  // Type declarations for the bundler's own imports, and where Astro looks for its collections.
  { name: 'declarations', folder: 'src', imports: [] },
  { name: 'tools', folder: 'tools', imports: ['*'] },
  { name: 'bench', folder: 'bench', imports: ['*'] },
  { name: 'tests', folder: 'tests', imports: ['*'] },
  { name: 'root', folder: '', imports: ['*'] },
];

export const rooms: readonly Room[] = [...library, ...house];

export interface PackageRule {
  readonly packages: RegExp;
  /** Rooms that may import these packages; tools, tests and the root's configuration always may. */
  readonly only: readonly string[];
}

const screen = ['kit', 'figures', 'prose', 'site', 'card', 'content', 'layouts', 'pages'];

/** Rooms that compute with tensors; all others take the library's numbers, and the names of its types. */
const withTensors = ['engine/worker', 'lab/worker', 'compute'];

export const packageRules: readonly PackageRule[] = [
  { packages: /^@noisebook\/ldm\/node$/, only: [] },
  {
    packages: /^@noisebook\/ldm\/(numbers|recipe)$/,
    only: [
      'datasets',
      'loading',
      'state',
      'storage',
      'engine/protocol',
      'engine/page',
      'lab',
      'lab/page',
      'userContent',
      ...withTensors,
      ...screen,
      'siteData',
    ],
  },
  { packages: /^@noisebook\/ldm($|\/)/, only: withTensors },
  // The addresses of the binaries, which the backend is given, are no code of it.
  { packages: /^@tensorflow\/tfjs-backend-wasm\/dist\/.*\.wasm$/, only: ['backend', 'engine/worker'] },
  { packages: /^@tensorflow\/tfjs-backend-/, only: ['backend'] },
  {
    packages: /^@tensorflow\/tfjs-core($|\/)/,
    only: [...tensors, 'ldm', 'engine/worker', 'lab/worker', 'compute'],
  },
  { packages: /^@tensorflow\//, only: [] },
  { packages: /^idb$/, only: ['storage'] },
  { packages: /^@dicebear\//, only: ['datasets'] },
  {
    packages: /^(svelte|d3|@observablehq\/plot)($|[-/])/,
    only: [...screen, 'state', 'storage', 'userContent'],
  },
  { packages: /^astro($|[:/])/, only: [...screen, 'siteData'] },
  { packages: /^(node:|typescript$)/, only: ['siteData', 'layouts', 'pages', 'node'] },
];

/** The room of a path from the repository's root: the one with the longest folder that holds it. */
export function roomOf(path: string): Room | undefined {
  return rooms
    .filter(({ folder }) => (folder === '' ? !path.includes('/') : path.startsWith(`${folder}/`)))
    .sort((a, b) => b.folder.length - a.folder.length)[0];
}

/**
 * Checks one import.
 * @param from path of the importing file, from the repository's root
 * @param to path of a file from the root, or the bare name of a package
 * @param options `isPackage`: `to` names a package; `typeOnly`: nothing of the import is left when it runs
 * @returns what is wrong, or undefined when the import is allowed
 */
export function checkImport(
  from: string,
  to: string,
  options: { isPackage: boolean; typeOnly: boolean },
): string | undefined {
  const source = roomOf(from);
  if (source === undefined)
    return `${from} belongs to no room: give its folder a row in tools/lint/layers.ts.`;
  if (source.imports.includes('*')) return undefined;
  if (options.isPackage) {
    // The names of the library's types are free to all: nothing of a tensor is left when they run.
    if (options.typeOnly && to.startsWith('@noisebook/ldm')) return undefined;
    const rule = packageRules.find(({ packages }) => packages.test(to));
    if (rule === undefined || rule.only.includes(source.name)) return undefined;
    const owners =
      rule.only.length === 0 ? 'nobody (use @tensorflow/tfjs-core)' : `only ${rule.only.join(', ')}`;
    return `${source.name} may not import ${to}: ${owners} may.`;
  }
  const target = roomOf(to);
  // Data and pictures outside the rooms (public/) are no code.
  if (target === undefined || target.name === 'root') {
    return to.startsWith('src/')
      ? `${to} belongs to no room: give its folder a row in tools/lint/layers.ts.`
      : undefined;
  }
  if (target.name === source.name || source.imports.includes(target.name)) return undefined;
  return `${source.name} may not import ${target.name}: it may import ${source.imports.join(', ') || 'nothing'}.`;
}
