// Words about training.
import type { Term } from '../glossary.ts';

export const trainingTerms: readonly Term[] = [
  {
    id: 'gradient',
    name: 'gradient',
    also: '∇',
    text: 'For every weight, how the loss would change if the weight grew a little. Training goes the other way.',
    met: ['8.1'],
  },
  {
    id: 'optimizer',
    name: 'optimizer',
    also: 'AdamW',
    text: 'The rule by which a gradient becomes a step. AdamW remembers a mean of past gradients and of their squares for each weight, so that rare and frequent signals both count, and pulls every weight a little towards zero.',
    met: ['8.1'],
  },
  {
    id: 'learning-rate',
    name: 'learning rate',
    text: 'How long the optimizer’s steps are. Too short, and nothing happens; too long, and the loss explodes. It usually warms up, and cools down towards the end.',
    met: ['8.1'],
  },
  {
    id: 'batch',
    name: 'batch',
    text: 'The pictures that one step looks at together. A larger batch gives a steadier gradient and costs more.',
    met: ['8.1'],
  },
  {
    id: 'checkpoint',
    name: 'checkpoint',
    text: 'Everything needed to go on training as if nothing had happened: weights, the optimizer’s memory, the average, the random numbers’ state.',
    met: ['8.1'],
  },
  {
    id: 'min-snr',
    name: 'min-SNR weighting',
    text: 'A weight for each timestep’s loss that keeps the easy, nearly clean steps from drowning the others.',
    met: ['8.1'],
  },
  {
    id: 'flow-matching',
    name: 'flow matching',
    text: 'Another way to train the same network: the picture and the noise are joined by a straight line, and the network predicts the direction along it.',
    met: ['8.1'],
  },
];
