package dune.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "completion",
    description = {
      "Prints a script that completes commands and options in bash and zsh.",
      "Use: source <(dunec completion)"
    })
final class CompletionCommand implements Runnable {
  private final Console console;

  @Spec private CommandSpec spec;

  CompletionCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    console.out().println(AutoComplete.bash("dunec", spec.root().commandLine()));
  }
}
