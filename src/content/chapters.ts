// The notebook's chapters in order: what each is called and the question it answers.

export interface Chapter {
  readonly number: number;
  readonly slug: string;
  readonly title: string;
  readonly question: string;
  /** False while the chapter is still to come; then it isn't linked. */
  readonly ready: boolean;
}

export const chapters: readonly Chapter[] = [
  { number: 1, slug: 'noise', title: 'Noise', question: 'How do you destroy a picture?', ready: true },
  { number: 2, slug: 'denoise', title: 'Denoise', question: 'How do you learn to go back?', ready: false },
  { number: 3, slug: 'pixels', title: 'Pixels', question: 'Why is this so expensive?', ready: false },
  {
    number: 4,
    slug: 'compression',
    title: 'Compression',
    question: 'What can be thrown away?',
    ready: true,
  },
  { number: 5, slug: 'factor', title: 'The factor f', question: 'How much is too much?', ready: false },
  {
    number: 6,
    slug: 'latent-diffusion',
    title: 'Latent diffusion',
    question: 'How does it fit together?',
    ready: false,
  },
  { number: 7, slug: 'words', title: 'Words', question: 'How does a sentence steer it?', ready: false },
  {
    number: 8,
    slug: 'train',
    title: 'Train it yourself',
    question: 'Can you make your own, in this page?',
    ready: true,
  },
  { number: 9, slug: 'limits', title: 'Limits', question: 'What can go wrong?', ready: false },
];
