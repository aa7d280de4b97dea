// Figure 4.5's recording as the page reads it, for tests in Node.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import definition, {
  loadMap,
  type FaceMap,
  type Neighbourhood,
  type StoredPlaces,
  type Study,
} from '../../../src/components/figures/4.5-latent-map/figure.ts';
import { restore, type ResultFile } from '../../../src/components/kit/frame/result.ts';

const folder = join(import.meta.dirname, '../../../public/recorded/4-5/');
const read = (name: string): Uint8Array<ArrayBuffer> => Uint8Array.from(readFileSync(name));

/** The recorded result and study; the files of the study named by their paths, their contents as the map. */
export async function readMapFiles(): Promise<{
  readonly result: Neighbourhood;
  readonly study: Study;
  readonly map: FaceMap;
  readonly stored: StoredPlaces;
}> {
  const json = JSON.parse(readFileSync(`${folder}recorded.json`, 'utf8')) as Record<string, unknown>;
  const result = v.parse(definition.result, restore(json['result'], {}, folder));
  const study = v.parse(definition.study!, restore(json['study'], {}, folder));
  const opened = ({ src }: ResultFile): ResultFile => ({ src, content: read(src) });
  const map = await loadMap({ ...study, latents: opened(study.latents), places: opened(study.places) });
  const stored = JSON.parse(readFileSync(study.places.src, 'utf8')) as StoredPlaces;
  return { result, study, map, stored };
}
