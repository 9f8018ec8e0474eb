package dune.cli;

import dune.runtime.release.Release;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The command `dunec`.
@Command(
    name = "dunec",
    description = "Checks, compiles and runs transformer models written in dune.",
    mixinStandardHelpOptions = true,
    versionProvider = Dunec.Version.class,
    scope = CommandLine.ScopeType.INHERIT,
    subcommands = {
      RunCommand.class,
      ChatCommand.class,
      CheckCommand.class,
      FmtCommand.class,
      ExplainCommand.class,
      ScoreCommand.class,
      VerifyCommand.class,
      BenchCommand.class,
      BuildCommand.class,
      InitCommand.class,
      TrainCommand.class,
      FinetuneCommand.class,
      ConvertCommand.class,
      MergeCommand.class,
      InspectCommand.class,
      PlanCommand.class,
      GraphCommand.class,
      IrCommand.class,
      OptCommand.class,
      CompletionCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    parameterListHeading = "%n",
    footer = {
      "",
      "Every option can be set by an environment variable as well: `--max-tokens` by"
          + " DUNE_MAX_TOKENS.",
      "Exit status: 0 done, 1 mistakes in the model or its input, 2 usage or surroundings, 70 a bug"
          + " in dune."
    })
public final class Dunec implements Runnable {
  private final Console console;

  @Spec private CommandSpec spec;

  Dunec(Console console) {
    this.console = console;
  }

  public static void main(String[] arguments) {
    System.exit(run(Console.ofProcess(), arguments));
  }

  /// Runs one command line and gives its exit status; never throws.
  static int run(Console console, String... arguments) {
    Failures failures = new Failures(console);
    int status;
    try {
      status = commandLine(console).execute(arguments);
      if (status == ExitStatus.OK.code()) console.requireOutput();
    } catch (Throwable failure) {
      status = failures.report(failure);
    }
    console.out().flush();
    console.err().flush();
    return status;
  }

  static CommandLine commandLine(Console console) {
    Failures failures = new Failures(console);
    return new CommandLine(new Dunec(console), new Commands(console))
        .setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8))
        .setDefaultValueProvider(new EnvironmentDefaults(console.environment()))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(new UsageErrors(console))
        .setExecutionExceptionHandler((failure, _, _) -> failures.report(failure));
  }

  /// `dunec` alone is a question.
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "dunec " + Release.version(),
        "Java %s, %s %s"
            .formatted(
                Runtime.version(), System.getProperty("os.name"), System.getProperty("os.arch"))
      };
    }
  }
}
