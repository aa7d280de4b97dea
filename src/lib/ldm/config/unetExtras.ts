// Settings of UNet2DConditionModel that this library does not implement (only their neutral values pass),
// and settings that have no effect on the block types it has.
import type { ConfigReader } from './reader.ts';

export function refuseUnetExtras(reader: ConfigReader): void {
  const none = [null];
  reader.only('class_embed_type', none, 'class conditioning is not implemented');
  reader.only('num_class_embeds', none, 'class conditioning is not implemented');
  reader.only('class_embeddings_concat', [false], 'class conditioning is not implemented');
  reader.only('addition_embed_type', none, 'additional embeddings are not implemented');
  reader.only('encoder_hid_dim', none, 'projections of the text states are not implemented');
  reader.only('encoder_hid_dim_type', none, 'projections of the text states are not implemented');
  reader.only('time_cond_proj_dim', none, 'conditioning on the guidance scale is not implemented');
  reader.only('time_embedding_type', ['positional'], 'Fourier time embeddings are not implemented');
  reader.only('dual_cross_attention', [false], 'dual cross-attention is not implemented');
  reader.only('attention_type', ['default'], 'gated attention is not implemented');
  reader.ignore(
    'dropout', // nothing is dropped when sampling
    'upcast_attention', // everything is float32 here
    // Read only by block types or embeddings that are refused above:
    'addition_embed_type_num_heads',
    'addition_time_embed_dim',
    'projection_class_embeddings_input_dim',
    'cross_attention_norm',
    'mid_block_only_cross_attention',
    'resnet_out_scale_factor',
    'resnet_skip_time_act',
  );
}
