// Which files a model takes from the model that its manifest names as its `base`: it has only those that differ.

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
const isWeights = (path: string): boolean => path.endsWith('.safetensors');

/** What a manifest's `base` may be: the name of a folder beside the model's own. */
export const BASE_NAME = /^(?!\.)[\w.-]{1,100}$/;

/**
 * Whether a file comes from the base: the model has none of that name, and, if it is a weight file, none with weights in
 * the same folder. A part's weights are one file, whatever its name: the base's may be called otherwise.
 * @param own paths of the model's own files
 */
export function takesFromBase(own: Iterable<string>): (path: string) => boolean {
  const paths = new Set(own);
  const replaced = new Set([...paths].filter(isWeights).map(folderOf));
  return (path) => !paths.has(path) && !(isWeights(path) && replaced.has(folderOf(path)));
}
