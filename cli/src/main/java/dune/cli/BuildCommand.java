package dune.cli;

import dune.frontend.diagnostic.Diagnostics;
import dune.runtime.bundle.Bundle;
import dune.runtime.bundle.Manifest;
import dune.runtime.compile.Compiled;
import dune.runtime.library.ModelFile;
import dune.weights.InputFailure;
import dune.weights.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "build",
    description = {
      "Compiles a model for its weights, ahead of time.",
      "The bundle is a folder with a manifest and the archive; `dunec run` takes it in place of the"
          + " model. With --config, the weights need no config.json of their own."
    })
final class BuildCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Mixin private ModelOptions model;
  @Mixin private SizeOptions sizes;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT",
      description =
          "The folder to write, by custom NAME.dune.d; a bundle that lies there is replaced.")
  private Path out = Path.of("");

  @Option(
      names = "--embed-weights",
      description = "Copy the weights into the archive, so that it needs no other file.")
  private boolean embed;

  @Mixin private RemarksOption remarks;

  BuildCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    long begin = System.nanoTime();
    if (model.isBundle()) {
      throw new InputFailure(
          model.model.orElseThrow() + " is a bundle already; name the .dune file");
    }
    Checkpoint weights = model.checkpoint();
    Checkpoint checkpoint = sizes.config().map(weights::with).orElse(weights);
    var options = model.options().withValues(sizes.values());
    var diagnostics = new Diagnostics();
    Optional<ModelFile> file = sizes.file(model, Optional.of(checkpoint), diagnostics);
    reports.show(diagnostics);
    Optional<Compiled> compiled =
        file.flatMap(found -> ModelOptions.compile(found, checkpoint, options, reports));
    if (compiled.isEmpty()) return ExitStatus.MISTAKES.code();
    compiled
        .get()
        .reasons()
        .forEach(reason -> console.say("it will recompute every token: " + reason));
    remarks.show(compiled.get().remarks(), console);
    var embedding = embed ? Manifest.Embedding.EMBEDDED : Manifest.Embedding.NONE;
    var progress =
        new Progress(
            console,
            "copying the weights into the archive",
            embed ? compiled.get().program().weightBytes() : 0);
    Bundle bundle =
        Bundle.write(
            compiled.get(), file.get(), checkpoint, embedding, command(), out, progress::reached);
    progress.end();
    console.say(
        String.format(
            Locale.ROOT,
            "built %s: %s in %s, context %d, %d weights, in %.2f s",
            bundle.folder(),
            bundle.manifest().model(),
            compiled.get().elem(),
            compiled.get().context(),
            compiled.get().program().weights().size(),
            (System.nanoTime() - begin) * 1e-9));
    return ExitStatus.OK.code();
  }

  /// The command that makes the bundle again, wherever its options came from.
  private String command() {
    var words = new ArrayList<>(List.of("dunec", "build"));
    model.model.ifPresent(file -> words.add(file.toString()));
    model.weights.ifPresent(folder -> words.addAll(List.of("-w", folder.toString())));
    model.dtype.ifPresent(elem -> words.addAll(List.of("--dtype", elem.text())));
    model.context.ifPresent(size -> words.addAll(List.of("--ctx-size", size.toString())));
    model.level.ifPresent(level -> words.add("-" + level));
    words.addAll(sizes.words());
    if (embed) words.add("--embed-weights");
    words.addAll(List.of("-o", out.toString()));
    return words.stream().map(BuildCommand::quoted).collect(Collectors.joining(" "));
  }

  private static String quoted(String word) {
    return word.matches("[\\w./:=@%+,-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
