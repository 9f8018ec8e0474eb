package dune.runtime.train;

import dune.frontend.diagnostic.Diagnostics;
import dune.ir.checkpoint.Json;
import dune.runtime.initial.RandomCheckpoint;
import dune.runtime.tokenize.SmallAlphabet;
import dune.weights.AtomicFile;
import dune.weights.EnvironmentFailure;
import dune.weights.convert.Companions;
import dune.weights.json.JsonFile;
import dune.weights.json.JsonText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The checkpoint that a run begins with, where it begins with random weights.
public final class FirstCheckpoint {
  private static final String FOLDER = "initial";

  private FirstCheckpoint() {}

  /// What came of drawing.
  public sealed interface Outcome {
    record Drawn(Path folder) implements Outcome {}

    record Refused(Diagnostics diagnostics) implements Outcome {}
  }

  /// Draws the checkpoint that a run begins with. Where nobody says how large the vocabulary is, it
  /// is that of the tokenizer.
  ///
  /// @return its folder, or why there is none
  public static Outcome draw(
      Path run, RandomCheckpoint.Request request, SmallAlphabet tokenizer, long seed) {
    var values = new LinkedHashMap<>(request.values());
    values.putIfAbsent(Training.VOCABULARY, "" + tokenizer.size());
    var complete =
        new RandomCheckpoint.Request(request.model(), request.config(), values, request.elem());
    return draw(
        run,
        complete,
        seed,
        folder -> {
          tokenizer.write(folder);
          tokenizer.writeHuggingFace(folder);
          sayNoSpecialTokens(folder.resolve("config.json"));
        });
  }

  /// Where a config does not say that there are none, Hugging Face takes those of the model that
  /// the architecture was made for, which may be more than the vocabulary has.
  private static void sayNoSpecialTokens(Path file) {
    if (!(JsonFile.read(file) instanceof Json.Fields(var values, _))) return;
    var all = new LinkedHashMap<>(values);
    for (String name : List.of("bos_token_id", "eos_token_id", "pad_token_id")) {
      all.putIfAbsent(name, new Json.Null());
    }
    AtomicFile.write(
        file,
        JsonText.write(new Json.Fields(all, Json.Place.NONE)).getBytes(StandardCharsets.UTF_8));
  }

  /// Draws the checkpoint that a run begins with, for a tokenizer that there is already.
  ///
  /// @param from the folder of the tokenizer; without one, tokens are numbers
  /// @return its folder, or why there is none
  /// @throws EnvironmentFailure if there is no tokenizer in the folder, or it cannot be read
  public static Outcome draw(
      Path run, RandomCheckpoint.Request request, Optional<Path> from, long seed) {
    return draw(
        run,
        request,
        seed,
        folder -> {
          // The bytes that random checkpoints have, where nobody says better.
          deleteFile(folder.resolve(SmallAlphabet.FILE));
          from.ifPresent(files -> Companions.copyTokenizer(files, folder));
        });
  }

  private static Outcome draw(
      Path run, RandomCheckpoint.Request request, long seed, Consumer<Path> tokenizer) {
    return switch (RandomCheckpoint.plan(request)) {
      case RandomCheckpoint.Plan.Refused(var mistakes) -> new Outcome.Refused(mistakes);
      case RandomCheckpoint.Plan.Ready(var checkpoint, _) -> {
        Path folder = run.resolve(FOLDER);
        Training.createFolder(run);
        checkpoint.write(folder, seed, Long.MAX_VALUE, 1, _ -> {});
        tokenizer.accept(folder);
        yield new Outcome.Drawn(folder);
      }
    };
  }

  private static void deleteFile(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw EnvironmentFailure.writing(file, e);
    }
  }
}
