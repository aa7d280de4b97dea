// The chapters' texts, one MDX file each, by name: "04-compression". Imported as they are, so that a page has all their styles.
import type { MDXInstance } from 'astro';

interface Frontmatter {
  /** One or two sentences for search engines and links. */
  readonly description: string;
}
export type Text = MDXInstance<Frontmatter>;

const texts = import.meta.glob<Text>('./chapters/*.mdx', { eager: true });

/**
 * @param name the file's name without its ending
 * @throws when there is no such text, or it does not describe itself
 */
export function textOf(name: string): Text {
  const text = texts[`./chapters/${name}.mdx`];
  if (text === undefined) throw new Error(`Expected src/content/chapters/${name}.mdx, which is not there.`);
  const { description } = text.frontmatter as Partial<Frontmatter>;
  if (typeof description !== 'string' || description.length < 40 || description.length > 220) {
    throw new Error(`${name}.mdx: expected a "description" of 40 to 220 characters in its frontmatter.`);
  }
  return text;
}
