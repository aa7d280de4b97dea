// Settings of an attribute classifier: its sizes, and what its answers mean.
import { ConfigReader } from '@noisebook/ldm/numbers';

/** An attribute with its values; the index of a value is the number of its logit. */
export interface ClassifiedAttribute {
  readonly name: string;
  readonly values: readonly string[];
}

export interface AttributeClassifierConfig {
  /** Pixels along each side of what it looks at; larger pictures are shrunk by averaging. */
  readonly sampleSize: number;
  /** Output channels of the 3 x 3 convolutions, in order; every second one halves the side. */
  readonly convChannels: readonly number[];
  readonly featureSize: number;
  readonly attributes: readonly ClassifiedAttribute[];
}

const texts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((text) => typeof text === 'string');

/** @throws ConfigError naming the key, what was expected and what came */
export function parseAttributeClassifierConfig(json: unknown, where: string): AttributeClassifierConfig {
  const reader: ConfigReader = new ConfigReader(json, where);
  const channels: unknown = reader.raw('conv_channels');
  const attributes: unknown = reader.raw('attributes');
  if (
    !Array.isArray(channels) ||
    channels.length < 2 ||
    channels.length % 2 !== 0 ||
    !channels.every((n) => Number.isSafeInteger(n) && (n as number) > 0)
  ) {
    reader.fail('conv_channels', 'an even number of channel counts');
  }
  if (!Array.isArray(attributes) || attributes.length === 0)
    reader.fail('attributes', 'a list of attributes');
  const sampleSize = reader.integer('sample_size', undefined);
  if (sampleSize % 2 ** (channels.length / 2) !== 0) {
    reader.fail('sample_size', `a multiple of ${2 ** (channels.length / 2)}`);
  }
  return {
    sampleSize,
    convChannels: channels as number[],
    featureSize: reader.integer('feature_size', undefined),
    attributes: attributes.map((entry: unknown) => {
      const { name, values } = (entry ?? {}) as Partial<ClassifiedAttribute>;
      if (typeof name !== 'string' || !texts(values)) {
        reader.fail('attributes', 'objects with a name and a list of values', entry);
      }
      return { name, values };
    }),
  };
}
