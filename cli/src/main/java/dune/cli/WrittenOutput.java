package dune.cli;

import dune.runtime.prompts.ChoiceTable;
import dune.runtime.prompts.Written;
import dune.runtime.prompts.WrittenJson;
import dune.runtime.tokenize.Tokenizer;

/// Puts what was written on standard output, and how likely it was, for people, on standard error.
final class WrittenOutput {
  /// What goes to standard output.
  enum Format {
    /// The text of one prompt as it comes; of several, each under a heading.
    TEXT,
    /// An object per prompt and line, with everything there is to know.
    JSON
  }

  private final Console console;
  private final Format format;
  private final int prompts;
  private final Tokenizer tokenizer;
  private final ChoiceTable table;

  WrittenOutput(Console console, Format format, int prompts, Tokenizer tokenizer) {
    this.console = console;
    this.format = format;
    this.prompts = prompts;
    this.tokenizer = tokenizer;
    this.table = new ChoiceTable(tokenizer);
  }

  /// A piece of a text that is still being written.
  void piece(String piece) {
    if (!streams()) return;
    console.out().print(piece);
    console.requireOutput();
  }

  void show(Written written) {
    switch (format) {
      case TEXT -> {
        text(written);
        console.requireOutput();
        table.lines(written).forEach(console.err()::println);
      }
      // Only now: it brings a JSON library, which takes a tenth of a start.
      case JSON -> console.out().println(new WrittenJson(tokenizer).line(written));
    }
    console.requireOutput();
  }

  private void text(Written written) {
    if (streams()) {
      console.out().println();
      return;
    }
    String heading =
        "=== %d of %d: %s".formatted(written.index() + 1, prompts, written.prompt().heading());
    console.out().println(heading.strip());
    console.out().println(written.text());
    console.out().println();
    if (!written.generated().choices().isEmpty()) console.err().println(heading.strip());
  }

  private boolean streams() {
    return format == Format.TEXT && prompts == 1;
  }
}
