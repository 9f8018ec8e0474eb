package dune.cli;

import dune.runtime.data.Documents;
import dune.runtime.data.TokenType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// What is trained on what.
final class SubjectOptions {
  /// The vocabulary of a model that is trained from the beginning.
  enum Vocabulary {
    CHAR,
    BYTE
  }

  @Parameters(
      arity = "0..1",
      paramLabel = "MODEL",
      description =
          "A .dune file, or the name of one that comes with dune (gpt2), to begin with random"
              + " weights.")
  Optional<Path> model = Optional.empty();

  @Option(
      names = {"-w", "--weights"},
      paramLabel = "DIR",
      description = "Begin with the weights, and keep the tokenizer, of this checkpoint.")
  Optional<Path> weights = Optional.empty();

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "Give a parameter of the model another value; may be given several times.")
  Map<String, String> values = new LinkedHashMap<>();

  @Option(
      names = "--vocabulary",
      paramLabel = "KIND",
      defaultValue = "char",
      description =
          "What a token is, without --weights: char, a character of the text, or byte. Default:"
              + " ${DEFAULT-VALUE}.")
  Vocabulary vocabulary = Vocabulary.CHAR;

  @Option(
      names = "--tokenizer",
      paramLabel = "DIR",
      description =
          "Begin with random weights for the tokenizer in this folder, in place of --vocabulary.")
  Optional<Path> tokenizer = Optional.empty();

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = {
        "What to learn from: a file, or a folder of such files.",
        "*.jsonl has a JSON object a line, with `text`; with `instruction`, `input` and `output`,"
            + " or `prompt` and `completion`; or with `messages`. Of the latter the answers are"
            + " learned. *.bin and *.npy have token ids. All others are text in UTF-8."
      })
  Optional<Path> data = Optional.empty();

  @Option(
      names = "--val",
      paramLabel = "PATH",
      description = "What to measure by. Default: the last tenth of --data.")
  Optional<Path> validation = Optional.empty();

  @Option(
      names = "--token-type",
      paramLabel = "TYPE",
      defaultValue = "u16",
      description =
          "How *.bin keeps token ids, little-endian: u16, as nanoGPT does, or u32. Default:"
              + " ${DEFAULT-VALUE}.")
  TokenType tokens = TokenType.U16;

  @Option(
      names = "--documents",
      paramLabel = "HOW",
      defaultValue = "joined",
      description =
          "joined: one long sequence, of which windows are drawn; apart: each begins a sequence,"
              + " and none sees another; packed: several share a sequence, and none sees another."
              + " Default: ${DEFAULT-VALUE}.")
  Documents documents = Documents.JOINED;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "RUN",
      description = "The folder of the run; it must be absent or empty.")
  Optional<Path> output = Optional.empty();
}
