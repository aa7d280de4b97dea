// Explainers by others that are worth your time, and what each does best.

export interface Sister {
  readonly name: string;
  readonly href: string;
  readonly by: string;
  readonly best: string;
}

export const sisters: readonly Sister[] = [
  {
    name: 'Diffusion Explainer',
    href: 'https://poloclub.github.io/diffusion-explainer/',
    by: 'Polo Club of Data Science',
    best: 'The whole of Stable Diffusion as one drawing, from a sentence to a picture, at full size.',
  },
  {
    name: 'Diffusion Explorer',
    href: 'https://github.com/helblazer811/Diffusion-Explorer',
    by: 'Alec Helbling',
    best: 'Diffusion and flow on points in the plane, with paths that you can watch and draw yourself.',
  },
  {
    name: 'GAN Lab',
    href: 'https://poloclub.github.io/ganlab/',
    by: 'Polo Club of Data Science and Google',
    best: 'The rival method, trained in the page, in slow motion.',
  },
  {
    name: 'Transformer Explainer',
    href: 'https://poloclub.github.io/transformer-explainer/',
    by: 'Polo Club of Data Science',
    best: 'Attention in a real language model, number by number.',
  },
  {
    name: 'TensorFlow Playground',
    href: 'https://playground.tensorflow.org/',
    by: 'Daniel Smilkov and Shan Carter',
    best: 'What training is, with everything it does in the address.',
  },
  {
    name: 'Deconvolution and Checkerboard Artifacts',
    href: 'https://distill.pub/2016/deconv-checkerboard/',
    by: 'Odena, Dumoulin and Olah, in Distill',
    best: 'One fault, one cause, one cure, in figures that make the point before the text does.',
  },
];
