package dune.cli;

import dune.cli.LoweringOptions.Lowered;
import dune.ir.Function;
import dune.ir.Program;
import dune.passes.Compiler;
import dune.passes.pass.Observer;
import dune.passes.pass.Snapshots;
import dune.runtime.graph.Picture;
import dune.weights.AtomicFile;
import dune.weights.InputFailure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "graph",
    description = {
      "Draws a model: blocks as boxes, what was fused in colour, shapes beside the arrows. Equal"
          + " layers are drawn once.",
      "Sizes are those of --weights or --config, else the defaults of the file."
    })
final class GraphCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Spec private picocli.CommandLine.Model.CommandSpec spec;
  @Mixin private LoweringOptions lowering;

  @Option(
      names = "--after",
      paramLabel = "PASS",
      completionCandidates = PassNames.class,
      description =
          "Draw what this pass gave: ${COMPLETION-CANDIDATES}. Default: what all passes of -O"
              + " gave.")
  private Optional<String> after = Optional.empty();

  @Option(
      names = "--function",
      paramLabel = "NAME",
      description =
          "score, step or next; before they are derived, forward. Default: next, or the first.")
  private Optional<String> function = Optional.empty();

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "The picture to write: FILE.svg, or FILE.html for a page to move around in.")
  private Path output = Path.of("");

  GraphCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() {
    boolean page = output.toString().endsWith(".html");
    if (!page && !output.toString().endsWith(".svg")) {
      throw new ParameterException(
          spec.commandLine(),
          "`%s` is neither an .svg nor an .html file; name one of them".formatted(output));
    }
    after.ifPresent(name -> PassNames.require(name, spec.commandLine()));
    Optional<Lowered> lowered = lowering.lower(reports);
    if (lowered.isEmpty()) return ExitStatus.MISTAKES.code();
    Program program =
        after.map(name -> after(name, lowered.get())).orElseGet(() -> compiled(lowered.get()));
    Function drawn = function(program);
    String title =
        "%s, %s, %s"
            .formatted(
                program.name(),
                drawn.name(),
                after.map(name -> "after " + name).orElse("-" + lowering.model.level()));
    Picture picture = Picture.of(title, drawn);
    String text = page ? picture.html() : picture.svg();
    AtomicFile.write(output, text.getBytes(StandardCharsets.UTF_8));
    console.say("drew " + output);
    return ExitStatus.OK.code();
  }

  private Program compiled(Lowered lowered) {
    return Compiler.compile(
            lowered.program(), lowering.model.level(), lowering.steps(lowered), Observer.NONE)
        .program();
  }

  private Program after(String pass, Lowered lowered) {
    var seen = new ArrayList<Program>();
    var snapshots = new Snapshots(pass::equals, (_, made) -> seen.add(made));
    Compiler.compile(lowered.program(), lowering.model.level(), lowering.steps(lowered), snapshots);
    if (seen.isEmpty()) {
      throw new InputFailure("the pass `%s` does not run on this model".formatted(pass));
    }
    return seen.getFirst();
  }

  private Function function(Program program) {
    List<String> names = program.functions().stream().map(Function::name).toList();
    String name = function.orElseGet(() -> names.contains("next") ? "next" : names.getFirst());
    return program
        .function(name)
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    "there is no function `%s`; there is %s"
                        .formatted(
                            name, names.stream().collect(Collectors.joining("`, `", "`", "`")))));
  }
}
