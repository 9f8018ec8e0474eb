package dune.runtime.train;

import dune.backend.torch.run.Learner.Batch;
import dune.runtime.data.Dataset;
import dune.weights.InputFailure;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What to learn from, and what to measure by, in batches.
public sealed interface Corpus permits StreamCorpus, TaskCorpus, PackedCorpus {
  /// Sequences to learn from. The same seed and number give the same.
  ///
  /// @param number of the batch, from 0 on
  Batch draw(int rows, long seed, long number);

  /// The whole of what is measured by.
  ///
  /// @param rows of a batch at most
  List<Batch> windows(int rows);

  /// How what is measured by begins: some tokens to go on from.
  int[] beginning();

  /// How many tokens there are to learn.
  int learned();

  /// How many there are to measure by.
  int measured();

  /// The largest id among all of them.
  int largest();

  /// One long sequence of tokens to learn from, and another to measure by.
  ///
  /// @param steps the length of the sequences that are taken from them
  /// @throws InputFailure if one is too short for a single sequence
  static Corpus of(int[] training, int[] validation, int steps) {
    return new StreamCorpus(training, validation, steps);
  }

  /// The first part to learn from, the rest to measure by.
  ///
  /// @param share of the tokens to learn from
  /// @throws InputFailure if one is too short for a single sequence
  static Corpus split(int[] tokens, double share, int steps) {
    int count = (int) (tokens.length * share);
    return of(
        Arrays.copyOf(tokens, count), Arrays.copyOfRange(tokens, count, tokens.length), steps);
  }

  /// @param validation without it, the end of `training` is measured by
  /// @param share of `training` to learn from, where there is no `validation`
  /// @param steps the length of sequences
  /// @throws InputFailure if there is too little, or one has texts and the other tasks
  static Corpus of(Dataset training, Optional<Dataset> validation, double share, int steps) {
    return switch (training) {
      case Dataset.Stream(var tokens) when validation.isEmpty() -> split(tokens, share, steps);
      case Dataset.Stream(var tokens)
          when validation.get() instanceof Dataset.Stream(var measured) ->
          of(tokens, measured, steps);
      case Dataset.Tasks(var examples) when validation.isEmpty() ->
          TaskCorpus.split(examples, share);
      case Dataset.Tasks(var examples)
          when validation.get() instanceof Dataset.Tasks(var measured) ->
          new TaskCorpus(examples, measured);
      case Dataset.Stream _, Dataset.Tasks _ ->
          throw new InputFailure(
              "--data and --val must be of one kind: both texts, or both tasks with answers");
    };
  }
}
