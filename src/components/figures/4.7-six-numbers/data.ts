// What training/measure_six.py found out about the six numbers of figure 4.7, from the model's manifest.
import { readManifest } from '../../../siteData/model.ts';

export default (): unknown => readManifest('faces-six').metrics;
