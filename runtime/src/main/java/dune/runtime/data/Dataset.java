package dune.runtime.data;

import java.util.List;

/// What models learn from, as tokens.
public sealed interface Dataset {
  /// One long sequence, all of which is learned: sequences are taken from any place of it.
  record Stream(int[] tokens) implements Dataset {}

  /// Sequences that stand for themselves, each with what is learned of it.
  record Tasks(List<Example> examples) implements Dataset {
    public Tasks {
      examples = List.copyOf(examples);
    }
  }
}
