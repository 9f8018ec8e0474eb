package dune.cli;

import dune.frontend.resolve.Suggest;
import dune.passes.Pipelines;
import java.util.Iterator;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/// The names of passes that options take.
final class PassNames implements Iterable<String> {
  @Override
  public Iterator<String> iterator() {
    return Pipelines.names().iterator();
  }

  /// @throws ParameterException that says which there are, if this is none of them
  static void require(String name, CommandLine command) {
    if (Pipelines.names().contains(name)) return;
    throw new ParameterException(
        command,
        "there is no pass `%s`%s there are %s"
            .formatted(
                name,
                Suggest.nearest(name, Pipelines.names())
                    .map(nearest -> "; did you mean `" + nearest + "`?")
                    .orElse(";"),
                String.join(", ", Pipelines.names())));
  }
}
