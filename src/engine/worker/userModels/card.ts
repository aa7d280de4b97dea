// README.md of a model that leaves the page: what it is, how it was made, whose pictures it saw, how to open it.
import { fixed, grouped as count, significant } from '../../../writing/numbers.ts';
import type { CheckedModel } from '@noisebook/ldm';
import type { AboutModel } from './about.ts';

/** One line of plain text: nothing in it can end a table cell, open a tag or start a heading. */
const plain = (text: string): string => text.replace(/[\r\n]+/g, ' ').replace(/[|<>`*_[\]\\]/g, '\\$&');
/** A Python string literal. */
const python = (text: string): string => JSON.stringify(text);

/** How to draw with it in Python; flow matching's scheduler lacks a number that StableDiffusionPipeline asks for. */
export function pythonLines(checked: CheckedModel, { sampling, examples }: AboutModel): string[] {
  const prompt = examples[0] ?? '';
  const { numInferenceSteps, guidanceScale } = sampling;
  const call = `pipe(${python(prompt)}, num_inference_steps=${numInferenceSteps}, guidance_scale=${guidanceScale}).images[0]`;
  const flow = isFlow(checked)
    ? ['pipe.scheduler.init_noise_sigma = 1.0  # flow matching starts from plain noise']
    : [];
  return [
    'from diffusers import StableDiffusionPipeline',
    'pipe = StableDiffusionPipeline.from_pretrained("THIS_FOLDER")',
    ...flow,
    `image = ${call}`,
    `image.resize((256, 256)).save("picture.png")`,
  ];
}

const isFlow = ({ folder }: CheckedModel): boolean => {
  const json = folder.schedulerJson;
  return (
    typeof json === 'object' &&
    json !== null &&
    Object.values(json).some((value) => typeof value === 'string' && value.startsWith('FlowMatch'))
  );
};

/** Whether a README.md is one that this page wrote, for this model or for an earlier state of it. */
export function isOurCard(bytes: Uint8Array | undefined): boolean {
  return bytes !== undefined && new TextDecoder().decode(bytes.subarray(0, 4000)).includes(SIGN);
}

const SIGN = 'Noisebook, chapter 8';

const TRAINED_HERE = [
  `A small latent diffusion model, trained from nothing in a web page: ${SIGN}. It has the four parts and the`,
  'file layout of Stable Diffusion, at about a thousandth of its size.',
];
const OPENED_HERE = [
  'A latent diffusion model with the four parts and the file layout of Stable Diffusion. It was opened and checked in a web',
  `page (${SIGN}), which wrote this card: who trained it, on what, and what its licence is, its files do not say.`,
];
const KNOWN_WORDS = [
  'It knows only what its training pictures show and only the words of its captions (`manifest.json` lists them). It draws',
  'what is frequent there better than what is rare.',
];
const UNKNOWN_WORDS = [
  'It knows only what its training pictures show. It draws what is frequent there better than what is rare.',
];

/** The text of README.md, in the form that model hubs read. */
export function modelCard(checked: CheckedModel, about: AboutModel): string {
  const { image, parameters } = checked;
  const { title, created, data, training, recipe, sampling, knownWords } = about;
  // Only a run of the page tells how it went; of a model from elsewhere nobody here knows who made it, of what, when.
  const isOurs = training !== undefined;
  const facts: [string, string][] = [
    ['Pictures', `${image.size} × ${image.size} pixels`],
    ['Latents', `${image.latentSize} × ${image.latentSize} × ${image.latentChannels} (f = ${image.f})`],
    [
      'Weights',
      `first stage ${count(parameters.vae)}, denoiser ${count(parameters.unet)}, text encoder ${count(parameters.text_encoder)}`,
    ],
    ['Sampling', `${sampling.numInferenceSteps} steps, guidance ${sampling.guidanceScale}`],
    ...checked.folder.notes.map((note): [string, string] => ['In Noisebook', note]),
    ...(data === undefined ? [] : ([['Trained on', data.title]] as [string, string][])),
    ...(data?.credit === undefined ? [] : ([['Credit', data.credit]] as [string, string][])),
    ...(training === undefined ? [] : trainingFacts(training)),
    [isOurs ? 'Finished' : 'Opened', created.slice(0, 10)],
  ];
  const choices = Object.entries(recipe ?? {}).map(([key, value]): [string, string] => [key, String(value)]);
  return [
    '---',
    'library_name: diffusers',
    'pipeline_tag: text-to-image',
    '---',
    '',
    `# ${plain(title)}`,
    '',
    ...(isOurs ? TRAINED_HERE : OPENED_HERE),
    '',
    ...table(['', ''], facts),
    '',
    '## Open it',
    '',
    '```python',
    ...pythonLines(checked, about),
    '```',
    '',
    'In Noisebook: chapter 8, *Open a model*, and choose the zip or this folder.',
    '',
    ...(choices.length === 0 ? [] : ['## Recipe', '', ...table(['choice', 'value'], choices), '']),
    '## Limits',
    '',
    ...(knownWords.length > 0 ? KNOWN_WORDS : UNKNOWN_WORDS),
    '',
  ].join('\n');
}

function trainingFacts(training: NonNullable<AboutModel['training']>): [string, string][] {
  const { step, phase, minutes, backend, losses } = training;
  const time = minutes === undefined ? '' : `, ${fixed(minutes, 1)} minutes`;
  const where = backend === undefined ? '' : ` on ${backend}`;
  return [
    ['Trained', `${phase === undefined ? '' : `${phase} phase, `}${count(step)} steps${time}${where}`],
    ...Object.entries(losses).map(([name, loss]): [string, string] => [
      `Loss, ${name}`,
      significant(loss, 4),
    ]),
  ];
}

function table(head: [string, string], rows: readonly [string, string][]): string[] {
  const line = ([key, value]: [string, string]): string => `| ${plain(key)} | ${plain(value)} |`;
  return [line(head), '| --- | --- |', ...rows.map(line)];
}
