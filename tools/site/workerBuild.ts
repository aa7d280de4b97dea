// How workers are bundled, for the site and for the benchmark's page.
import { workerFolder } from './headers.ts';
import { tfjsThreads } from './tfjsThreads.ts';

export const workerBuild = {
  format: 'es' as const,
  // Scripts that start workers get a folder of their own, because they get a policy of their own.
  rolldownOptions: {
    output: { entryFileNames: `${workerFolder}/[name]-[hash].js`, chunkFileNames: '_astro/[name]-[hash].js' },
  },
  plugins: () => [tfjsThreads()],
};
