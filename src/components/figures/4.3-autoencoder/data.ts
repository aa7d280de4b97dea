// What figure 4.3 says of the shipped model, from its manifest.
import { readManifest } from '../../../siteData/model.ts';

export default function read(): unknown {
  const { metrics } = readManifest('faces-64');
  if (metrics === null) throw new Error('The manifest of faces-64 has no metrics: export it again.');
  return { test: { psnr: metrics.splits.test.psnr, count: metrics.count } };
}
