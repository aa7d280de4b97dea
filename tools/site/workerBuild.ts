// How workers are bundled, for the site and for the benchmark's page.
import { workerFolder } from './headers.ts';
import { notePackages } from './licences.ts';
import { tfjsThreads } from './tfjsThreads.ts';

/** Folders of the packages that are bundled into workers. */
export const workerPackages = new Set<string>();

export const workerBuild = {
  format: 'es' as const,
  // What runs in workers has a folder of its own: it has a policy of its own, and is not fetched ahead.
  rolldownOptions: {
    output: {
      entryFileNames: `${workerFolder}/[name]-[hash].js`,
      chunkFileNames: `${workerFolder}/[name]-[hash].js`,
    },
  },
  plugins: () => [tfjsThreads(), notePackages(workerPackages)],
};
