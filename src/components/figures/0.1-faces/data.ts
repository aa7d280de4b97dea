// What figure 0.1 says of the shipped models, from their manifests.
import { quickModel, readManifest } from '../../../siteData/model.ts';

export default function read(): unknown {
  const { name, totalBytes, knownWords } = readManifest('faces-128');
  return { modelBytes: totalBytes, quick: quickModel(name), knownWords };
}
