// Finds what nobody uses: files, exports, packages. `npm run lint:unused`, a part of `npm test`.
import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  // Used in its own file only, a name may still be exported for its readers and the code drawers.
  ignoreExportsUsedInFile: true,
  workspaces: {
    '.': {
      entry: [
        'src/pages/**/*.{astro,ts}',
        'src/content/chapters/*.mdx',
        'src/serviceWorker/main.ts',
        'src/components/figures/*/{data,study}.ts',
        'tools/*.ts',
        // Pieces of the kit that no figure uses yet stand here.
        'tools/gallery/gallery.astro',
        'tools/record/*.ts',
        'bench/**/*.{ts,html}',
        'tests/**/*.{test,spec}.ts',
        'tests/e2e/*/page.ts',
      ],
      project: [
        'src/**/*.{ts,svelte,astro,mdx}',
        'tools/**/*.{ts,svelte,astro}',
        'bench/**/*.ts',
        'tests/**/*.ts',
        '!src/lib/ldm/**',
      ],
      ignoreDependencies: [
        // The project's charts stand on it by way of Plot.
        'd3',
        // Run as commands, or read as files.
        '@astrojs/check',
        '@arethetypeswrong/cli',
        'mnist',
      ],
    },
    'src/lib/ldm': { project: ['**/*.ts'] },
  },
};

export default config;
