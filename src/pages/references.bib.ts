// All references as one file.
import type { APIRoute } from 'astro';
import { bibtexOf, references } from '../content/references.ts';

export const GET: APIRoute = () =>
  new Response(`${references.map(bibtexOf).join('\n\n')}\n`, {
    headers: { 'Content-Type': 'application/x-bibtex; charset=utf-8' },
  });
