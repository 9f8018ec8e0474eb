package dune.runtime.train;

import java.nio.file.Path;
import java.util.List;

/// What a model writes while it is trained: `samples.jsonl` in the folder of a run. Each text is
/// drawn from the same seed, so that texts differ by what was learned between them. The weights are
/// only read, and nothing that chance decides in the training is touched.
final class Samples {
  static final String FILE = "samples.jsonl";

  private final SamplePlan plan;
  private final int total;
  private final long seed;
  private final Writer writer;
  private final Listener listener;
  private final JsonLines lines;

  /// Hears what was written.
  @FunctionalInterface
  interface Listener {
    /// @param steps made so far
    /// @param text without the prompt
    void sampled(int steps, String prompt, String text);
  }

  /// Writes texts with the present weights.
  @FunctionalInterface
  interface Writer {
    /// One text for each prompt.
    List<Written> write();
  }

  /// A text and what it continues.
  record Written(String prompt, String text) {}

  /// Forgets what was written after the checkpoint that the run goes on from.
  ///
  /// @param made steps of that checkpoint
  Samples(Path folder, int made, RunSettings settings, Writer writer, Listener listener) {
    this.plan = settings.samples();
    this.total = settings.plan().steps();
    this.seed = settings.plan().seed();
    this.writer = writer;
    this.listener = listener;
    this.lines = new JsonLines(folder.resolve(FILE));
    lines.keep(line -> made > 0 && line.path("step").asInt(made + 1) <= made);
  }

  /// @param steps made so far
  void after(int steps) {
    if (!plan.isDue(steps, total)) return;
    for (Written written : writer.write()) {
      lines.add(
          JsonLines.object()
              .put("step", steps)
              .put("seed", seed)
              .put("prompt", written.prompt())
              .put("text", written.text()));
      listener.sampled(steps, written.prompt(), written.text());
    }
  }
}
