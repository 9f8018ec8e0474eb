package dune.weights.consolidated;

import dune.ir.Elem;
import dune.ir.checkpoint.Json;
import dune.weights.InputFailure;
import dune.weights.config.Dtypes;
import dune.weights.tensor.Tensors;
import dune.weights.tensor.Tensors.Located;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Writes the `config.json` that a checkpoint would have in Hugging Face's layout. Sizes are taken
/// from the tensors where they show them.
///
/// Three things stand neither in `params.json` nor in the tensors, and are known from the releases:
/// how long texts may be, which tokens begin and end one, and by how much LLaMA 3.1 and 3.2 stretch
/// their positions. They are told apart by vocabulary and width.
final class ConfigWriter {
  private static final double SHORT_THETA = 1e4;
  private static final double LONG_THETA = 1e6;
  private static final long LLAMA_3_VOCABULARY = 128_000;

  /// Of LLaMA 3.2 with 1 and 3 billion weights; wider models of the line stretch by less.
  private static final long WIDEST_SMALL = 3072;

  private final Params params;
  private final Tensors tensors;
  private final Map<String, Json> config = new LinkedHashMap<>();

  private ConfigWriter(Params params, Tensors tensors) {
    this.params = params;
    this.tensors = tensors;
  }

  /// @param tensors under Hugging Face's names
  static Json of(Params params, Tensors tensors) {
    return new ConfigWriter(params, tensors).write();
  }

  private Json write() {
    boolean sparse = isSparse();
    // Meta's files say how the width of the feed-forward layer was computed, Mistral's say it.
    boolean meta = params.has("multiple_of") || !params.has("hidden_dim") && !sparse;
    var name = sparse ? "Mixtral" : meta ? "Llama" : "Mistral";
    put("architectures", new Json.Items(List.of(new Json.Text(name + "ForCausalLM"))));
    put("model_type", new Json.Text(name.toLowerCase(Locale.ROOT)));
    sizes(sparse);
    put("rms_norm_eps", new Json.Real(params.real("norm_eps", "rms_norm_eps").orElse(1e-5)));
    put("hidden_act", new Json.Text("silu"));
    if (meta) llama();
    else mistral(sparse);
    put("tie_word_embeddings", new Json.Bool(isTied()));
    put(
        "torch_dtype",
        Dtypes.text(embedding().info().type().elem().filter(Elem::isFloat).orElse(Elem.F32)));
    return new Json.Fields(config);
  }

  private boolean isSparse() {
    return params.has("moe") || params.has("num_local_experts");
  }

  private boolean isTied() {
    return tensors.find("lm_head.weight").isEmpty();
  }

  private Located embedding() {
    return require("model.embed_tokens.weight");
  }

  private long vocabulary() {
    return embedding().info().shape().getFirst();
  }

  private long width() {
    return params.size("dim", "hidden_size");
  }

  private void sizes(boolean sparse) {
    long heads = params.size("n_heads", "num_attention_heads");
    var inner =
        sparse
            ? "model.layers.0.block_sparse_moe.experts.0.w1.weight"
            : "model.layers.0.mlp.gate_proj.weight";
    put("vocab_size", new Json.Whole(vocabulary()));
    put("hidden_size", new Json.Whole(width()));
    put("intermediate_size", new Json.Whole(require(inner).info().shape().getFirst()));
    put("num_hidden_layers", new Json.Whole(params.size("n_layers", "num_hidden_layers")));
    put("num_attention_heads", new Json.Whole(heads));
    put("num_key_value_heads", new Json.Whole(keyHeads(params)));
    put("head_dim", new Json.Whole(params.optional("head_dim").orElse(width() / heads)));
  }

  static long keyHeads(Params params) {
    return params
        .optional("n_kv_heads", "num_key_value_heads")
        .orElseGet(() -> params.size("n_heads", "num_attention_heads"));
  }

  private void llama() {
    boolean third = vocabulary() >= LLAMA_3_VOCABULARY;
    boolean scaled = params.isTrue("use_scaled_rope");
    put("rope_theta", new Json.Real(params.real("rope_theta").orElse(SHORT_THETA)));
    if (scaled) put("rope_scaling", llama3Scaling());
    put("max_position_embeddings", new Json.Whole(scaled ? 131_072 : third ? 8192 : 4096));
    tokens(third ? 128_000 : 1, third ? List.of(128_001L, 128_008L, 128_009L) : List.of(2L));
  }

  private Json llama3Scaling() {
    double factor = params.real("rope_scaling_factor").orElse(width() <= WIDEST_SMALL ? 32 : 8);
    var scaling = new LinkedHashMap<String, Json>();
    scaling.put("rope_type", new Json.Text("llama3"));
    scaling.put("factor", new Json.Real(factor));
    scaling.put("low_freq_factor", new Json.Real(1));
    scaling.put("high_freq_factor", new Json.Real(4));
    scaling.put("original_max_position_embeddings", new Json.Whole(8192));
    return new Json.Fields(scaling);
  }

  private void mistral(boolean sparse) {
    var window = params.optional("sliding_window");
    double theta = window.isPresent() ? SHORT_THETA : LONG_THETA;
    put("rope_theta", new Json.Real(params.real("rope_theta").orElse(theta)));
    put(
        "sliding_window",
        window.isPresent() ? new Json.Whole(window.getAsLong()) : new Json.Null());
    put(
        "max_position_embeddings",
        new Json.Whole(params.optional("max_position_embeddings", "max_seq_len").orElse(32_768)));
    if (sparse) {
      put("num_local_experts", new Json.Whole(experts(params)));
      long chosen = params.optional("moe.num_experts_per_tok", "num_experts_per_tok").orElse(2);
      put("num_experts_per_tok", new Json.Whole(chosen));
    }
    tokens(1, List.of(2L));
  }

  static long experts(Params params) {
    return params.size("moe.num_experts", "num_local_experts");
  }

  private void tokens(long begin, List<Long> ends) {
    put("bos_token_id", new Json.Whole(begin));
    var all = ends.stream().map(Json.Whole::new).toList();
    put("eos_token_id", all.size() == 1 ? all.getFirst() : new Json.Items(all));
  }

  private Located require(String name) {
    return tensors
        .find(name)
        .orElseThrow(
            () -> new InputFailure(params.file(), "the weights beside it have no `" + name + "`"));
  }

  private void put(String key, Json value) {
    config.put(key, value);
  }
}
