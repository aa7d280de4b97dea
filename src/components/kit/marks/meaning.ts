// The five meanings that have a colour and a glyph of their own, the same everywhere.
export type Meaning = 'noise' | 'latent' | 'pixel' | 'prediction' | 'text';
