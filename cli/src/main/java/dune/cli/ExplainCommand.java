package dune.cli;

import dune.frontend.diagnostic.ErrorCode;
import dune.frontend.diagnostic.Explain;
import dune.frontend.resolve.Suggest;
import dune.weights.InputFailure;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "explain",
    description =
        "Explains an error code, with an example and how to mend it; without a code, lists all.")
final class ExplainCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(arity = "0..1", paramLabel = "CODE", description = "As messages show it: E0301.")
  private Optional<String> code = Optional.empty();

  ExplainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (code.isEmpty()) {
      for (ErrorCode one : ErrorCode.values())
        console.out().println(one.code() + "  " + one.title());
      return ExitStatus.OK.code();
    }
    String wanted = code.get().toUpperCase(Locale.ROOT);
    var codes = Arrays.stream(ErrorCode.values()).map(ErrorCode::code).toList();
    for (ErrorCode one : ErrorCode.values()) {
      if (one.code().equals(wanted)) {
        console.out().println(Explain.page(one).stripTrailing());
        return ExitStatus.OK.code();
      }
    }
    throw new InputFailure(
        "there is no code `%s`%s"
            .formatted(
                code.get(),
                Suggest.nearest(wanted, codes)
                    .map(nearest -> "; did you mean `" + nearest + "`?")
                    .orElse("; `dunec explain` lists all")));
  }
}
