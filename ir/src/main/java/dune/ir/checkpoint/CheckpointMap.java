package dune.ir.checkpoint;

import java.util.List;

/// The `checkpoint` clause of a model: which architectures it reads, and where their files keep
/// each weight.
///
/// @param architectures values of `architectures[0]` in `config.json` that this clause is for
/// @param rules in the order of the text: the first one whose left side matches a path decides
/// @param ignores tensors of the file that the model does not need
public record CheckpointMap(List<String> architectures, List<Rule> rules, List<Ignore> ignores) {

  public CheckpointMap {
    architectures = List.copyOf(architectures);
    rules = List.copyOf(rules);
    ignores = List.copyOf(ignores);
  }
}
