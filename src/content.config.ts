// The chapters' texts as a collection: one MDX file each, named NN-slug.mdx.
import { defineCollection } from 'astro:content';
import { glob } from 'astro/loaders';
import { z } from 'astro/zod';

export const collections = {
  chapters: defineCollection({
    // The file's own name is its id; the slug is what follows the number.
    loader: glob({
      base: './src/content/chapters',
      pattern: '*.mdx',
      generateId: ({ entry }) => entry.replace(/\.mdx$/, ''),
    }),
    schema: z.object({
      /** One or two sentences for search engines and links. */
      description: z.string().min(40).max(220),
    }),
  }),
};
