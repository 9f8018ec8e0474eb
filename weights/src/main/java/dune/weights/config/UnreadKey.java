package dune.weights.config;

import dune.ir.checkpoint.Config;
import dune.ir.checkpoint.Json;
import dune.weights.EditDistance;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A key of `config.json` that nobody read: a setting that the model does not know, or one that it
/// spells differently.
///
/// @param path `rope_scaling.factor`
/// @param meant a key that was asked for, is absent, and looks alike
public record UnreadKey(String path, Json.Place place, Optional<String> meant) {

  /// More letters apart, and the likeness is chance.
  private static final int FARTHEST = 2;

  /// Keys that say nothing about what a model computes from its tokens.
  private static final Set<String> HOUSEKEEPING =
      Set.of(
          "_commit_hash",
          "_name_or_path",
          "architectures",
          "auto_map",
          "bad_words_ids",
          "begin_suppress_tokens",
          "bos_token_id",
          "chunk_size_feed_forward",
          "decoder_start_token_id",
          "diversity_penalty",
          "do_sample",
          "dtype",
          "early_stopping",
          "eos_token_id",
          "finetuning_task",
          "forced_bos_token_id",
          "forced_eos_token_id",
          "id2label",
          "initializer_range",
          "is_decoder",
          "is_encoder_decoder",
          "label2id",
          "length_penalty",
          "max_length",
          "max_position_embeddings",
          "min_length",
          "model_type",
          "num_beams",
          "output_attentions",
          "output_hidden_states",
          "pad_token_id",
          "prefix",
          "pretraining_tp",
          "problem_type",
          "repetition_penalty",
          "return_dict",
          "sep_token_id",
          "suppress_tokens",
          "task_specific_params",
          "temperature",
          "tokenizer_class",
          "top_k",
          "top_p",
          "torch_dtype",
          "torchscript",
          "transformers_version",
          "typical_p",
          "use_cache");

  /// Those of a config that something was read from, without the keys that say nothing about a
  /// model.
  public static List<UnreadKey> of(Config config) {
    var unread = new ArrayList<UnreadKey>();
    for (var key : config.unread()) {
      if (HOUSEKEEPING.contains(key.path())) continue;
      unread.add(new UnreadKey(key.path(), key.place(), meant(key.path(), config.absent())));
    }
    return unread;
  }

  private static Optional<String> meant(String path, List<String> absent) {
    return absent.stream()
        .filter(asked -> EditDistance.between(asked, path) <= FARTHEST)
        .findFirst();
  }
}
