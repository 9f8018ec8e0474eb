package dune.runtime.compile;

import dune.ir.Elem;
import dune.ir.Function;
import dune.ir.Program;
import dune.ir.Type;
import dune.ir.checkpoint.CheckpointMap;
import dune.passes.pass.Remark;
import dune.passes.time.Reason;
import dune.runtime.adapter.Adaptation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A compiled model.
///
/// @param program with `score`, and with `step` and `next` if it can be continued step by step
/// @param reasons why it cannot, empty if it can
/// @param context the most tokens of a sequence
/// @param chunk the most tokens that one call of `next` takes in
/// @param parameters every parameter of the model with its value, in the order of the header
/// @param remarks what the passes did where, and what they could not do
/// @param adaptation those weights of the program that are in no checkpoint
public record Compiled(
    Program program,
    CheckpointMap checkpoint,
    List<Reason> reasons,
    Elem elem,
    int context,
    int chunk,
    Map<String, String> parameters,
    List<Remark> remarks,
    Adaptation adaptation) {
  public Compiled {
    reasons = List.copyOf(reasons);
    remarks = List.copyOf(remarks);
    parameters = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }

  public boolean isCached() {
    return reasons.isEmpty();
  }

  /// What writes a text: `next`, or `score` if the model cannot be continued.
  public Function writing() {
    return program.require(isCached() ? "next" : "score");
  }

  /// How many tokens there are.
  public int vocabulary() {
    Type logits = writing().of(writing().outputs().getFirst().value());
    return Math.toIntExact(logits.dim(logits.rank() - 1).size().orElseThrow());
  }
}
