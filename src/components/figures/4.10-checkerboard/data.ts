// What training/measure_upsampling.py found out about the two decoders of figure 4.10 while they were trained.
import { readManifest } from '../../../siteData/model.ts';

export default (): unknown => readManifest('faces-up-transpose').metrics;
