// Records figure 4.7: a test face through six numbers, the faces along each of them, and how much six numbers lose.
import { COUNT, MODEL, traversal } from '../../src/components/figures/4.7-six-numbers/sixNumbers.ts';
import { openFirstStage } from '../lib/firstStages.ts';
import { decibels, losslessSprite, quantile, rounded, spriteOf, testFace } from '../lib/latentRecording.ts';
import { throughFirstStage } from '../lib/latentRecording.ts';
import { manifestHash, type RecordContext } from './context.ts';

/** The face that the page shows first. */
const FACE = 12;
/** Test faces that the two losses are compared on. */
const FACES = 200;

export async function record({ pipeline, manifestSha256, modelFolder, write }: RecordContext): Promise<void> {
  const six = await openFirstStage(modelFolder(MODEL));
  const faces = Array.from({ length: FACES }, (_, i) => testFace(i));
  const latents = await six.encode(faces);
  const bySix = await six.decode(latents, 1);
  const byAll = await throughFirstStage(pipeline, faces);
  const spread = (pictures: typeof faces) => {
    const values = pictures.map((picture, i) => decibels(faces[i]!, picture));
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const [low, high] = [quantile(values, 0.05), quantile(values, 0.95)];
    return { mean: Number(mean.toFixed(2)), low: Number(low.toFixed(2)), high: Number(high.toFixed(2)) };
  };

  const point = latents[FACE]!;
  const strips = await six.decode(Array.from({ length: COUNT }, (_, k) => traversal(point, k)).flat(), 1);
  six.dispose();
  const pictures = [faces[FACE]!, byAll[FACE]!, bySix[FACE]!];
  write('4-7', 'pictures.webp', await losslessSprite(pictures, pictures.length));
  write('4-7', 'strips.webp', await spriteOf(strips, strips.length / COUNT, 78));
  write('4-7', 'recorded.json', {
    manifests: { 'faces-64': manifestSha256, [MODEL]: manifestHash(MODEL) },
    picture: `face-${FACE}`,
    latents: rounded(point, 4),
    psnr: {
      six: Number(decibels(faces[FACE]!, bySix[FACE]!).toFixed(3)),
      full: Number(decibels(faces[FACE]!, byAll[FACE]!).toFixed(3)),
    },
    test: { count: FACES, six: spread(bySix), full: spread(byAll) },
  });
}
