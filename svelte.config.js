// Svelte with TypeScript in components; read by Astro, svelte-check and ESLint.
import { vitePreprocess } from '@astrojs/svelte';

export default { preprocess: vitePreprocess() };
