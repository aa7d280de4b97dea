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
  return [
    `python training/evaluate.py --model public/weights/${name}`,
    `--classifier training/runs/classifier-64 --shards data/shards${image.size === 64 ? '' : `-${image.size}`}`,
    `--count ${count} --heldout ${splits.heldout.count ?? count} --wordings ${wording?.count ?? 0}${
      precision === 'bfloat16' ? ' --bfloat16' : ''
    }`,
    `--samples training/runs/samples-${name} --out metrics-${name}.json`,
  ].join(' \\\n    ');
}
