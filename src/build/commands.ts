// The commands that measured a model, as the card shows them.
import type { Manifest } from './model.ts';

/** training/evaluate.py with as many faces and wordings as a model's metrics are of. */
export function evaluateCommand({
  name,
  image,
  metrics,
}: Pick<Manifest, 'name' | 'image' | 'metrics'>): string {
  if (metrics === null) throw new Error(`${name}: expected metrics in the manifest: training/README.md.`);
  const { count, splits, wording, precision } = metrics;
  const unseen = splits.heldout.count ?? count;
  return [
    `python training/evaluate.py --model public/weights/${name} --classifier training/runs/classifier-64 \\\n   `,
    `--shards ${image.size === 64 ? 'data/shards' : `data/shards-${image.size}`}`,
    `--count ${count}`,
    ...(unseen === count ? [] : [`--heldout ${unseen}`]),
    `--wordings ${wording?.count ?? 0}`,
    ...(precision === 'bfloat16' ? ['--bfloat16'] : []),
    `--samples training/runs/samples-${name}`,
    `--out metrics-${name}.json`,
  ].join(' ');
}
