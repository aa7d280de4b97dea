// One lesson plan for each chapter that is ready: questions to put, the figures that answer them, what to listen for.

export interface LessonStep {
  readonly minutes: number;
  /** What you ask the class before anybody touches anything. */
  readonly ask: string;
  /** The figure that answers, with its state: "1.1?t=200". */
  readonly figure: string;
  /** What to do in it, and what comes out. */
  readonly show: string;
}

export interface Lesson {
  readonly chapter: number;
  readonly goal: string;
  readonly before: string;
  readonly steps: readonly LessonStep[];
  /** To take home. */
  readonly after: string;
}

export const lessons: readonly Lesson[] = [
  {
    chapter: 1,
    goal: 'To say in one sentence what the forward process does to a picture, and why any amount of noise can be reached in one jump.',
    before:
      'Means and variances. Nobody needs to have heard of neural networks: there is none in this chapter.',
    steps: [
      {
        minutes: 10,
        ask: 'How much noise can you add before nobody in this room can say what was in the picture? Write down a number from 0 to 999.',
        figure: '1.1?t=0',
        show: 'Move t up in front of everybody and stop where the last hand goes down. Compare with the numbers on paper, then let the picture be chosen by the class: the answer depends on it.',
      },
      {
        minutes: 5,
        ask: 'Here is only the histogram. Which pictures could it belong to?',
        figure: '1.1?t=900',
        show: 'At large t all histograms are the same bell. That is the point: the end of the process has forgotten where it began.',
      },
      {
        minutes: 10,
        ask: 'Four schedules destroy the picture at a different pace. Which of them wastes steps?',
        figure: '1.2',
        show: 'Compare the strips: with some schedules the last part is all the same noise. Look at the curve at the last step too: is it really zero?',
      },
      {
        minutes: 10,
        ask: 'Four hundred small steps, or one large one: will you be able to tell the results apart?',
        figure: '1.3',
        show: 'Picture by picture they differ, since the random numbers do. In distribution they agree: this is what the figure measures. Ask why a test by eye would have misled.',
      },
      {
        minutes: 10,
        ask: 'What happens to a heart made of dots?',
        figure: '1.4',
        show: 'Every point shrinks towards the middle and spreads. Let somebody draw a cloud of their own.',
      },
    ],
    after:
      'Take a picture of your own, find the t at which your family no longer recognises it, and send the link that reproduces it.',
  },
  {
    chapter: 4,
    goal: 'To tell apart the error that a computer counts from the harm that you see, and the job of an autoencoder from the job of a diffusion model.',
    before: 'Chapter 1, or the idea of a picture as a list of numbers.',
    steps: [
      {
        minutes: 10,
        ask: 'What size can this photograph shrink to before you mind?',
        figure: '4.1',
        show: 'Go down in quality until somebody objects; read off the bytes. What went first?',
      },
      {
        minutes: 10,
        ask: 'These pictures have the same error. Rank them by how bad they are.',
        figure: '4.2',
        show: 'Everybody ranks alike, and no number that counts pixels does. Collect what a better measure would have to know.',
      },
      {
        minutes: 10,
        ask: 'A face as a few hundred numbers: what will be lost?',
        figure: '4.3',
        show: 'Guess first, then look at the error map. Where is it brightest?',
      },
      {
        minutes: 10,
        ask: 'Is the latent a small picture of the face?',
        figure: '4.4',
        show: 'Change one number and watch how far it reaches, and what else changes.',
      },
      {
        minutes: 10,
        ask: 'What is half way between two faces?',
        figure: '4.6',
        show: 'In pixels a double exposure. In latents something closer to a face, and still not quite one: read the curve, and ask what is missing.',
      },
      {
        minutes: 10,
        ask: 'If a decoder turns latents into faces, why not decode random numbers and be done?',
        figure: '4.9',
        show: 'Let the class predict before the figure comes on screen. This is the question that the rest of the notebook answers.',
      },
    ],
    after: 'Find two faces whose middle is no face that you would believe. What do they have in common?',
  },
  {
    chapter: 8,
    goal: 'To see two trainings from nothing to the first pictures, and to say what each phase learns, in which order, and how you would know that it is done.',
    before:
      'Chapters 1 and 4: noise, and why pictures are made small first. Start the run at the beginning of the lesson; it goes on while you talk.',
    steps: [
      {
        minutes: 10,
        ask: 'An autoencoder that knows nothing must paint a face. What will its first picture look like?',
        figure: '8.1?preset=five',
        show: 'Go to the beginning of the recorded run, then forward. Noise, then one dark blob for every face. Let the class call out what appears, and write down the order: light and dark come before colour.',
      },
      {
        minutes: 10,
        ask: 'Which faces will stand side by side on the map?',
        figure: '8.1',
        show: 'Phase one’s map, early and late. At first neighbours share their skin tone, in the end their background. Nobody told the encoder any facts: which of them fill many pixels?',
      },
      {
        minutes: 10,
        ask: 'At which t is the denoiser wrong most, at which least?',
        figure: '8.1',
        show: 'The error over t in phase two, at the end of the recorded run. It is largest at the left, where the noise to be found is faint, smallest in the middle, and larger again at the right, where hardly anything but the caption is left to go by. Zeros for an answer would cost about 1 everywhere.',
      },
      {
        minutes: 10,
        ask: 'What does one step of training consist of?',
        figure: '8.1',
        show: 'Pause in phase two and take a single step: six moves, with the numbers. Let six people play one move each.',
      },
      {
        minutes: 5,
        ask: 'The loss has not moved for a minute. Is it done?',
        figure: '8.1',
        show: 'Drag along the time line and compare samples from the two ends of the flat part.',
      },
    ],
    after:
      'Train on twenty pictures of your own until the model repeats them, and decide how you would prove that it does.',
  },
];
