package dune.cli;

import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/// Every option has a twin among the environment variables: `--max-tokens` is `DUNE_MAX_TOKENS`.
/// The command line wins. Options that print something and end (`--help`, `--version`) have none.
record EnvironmentDefaults(Map<String, String> environment) implements IDefaultValueProvider {
  @Override
  @SuppressWarnings("NullAway") // picocli's way to say that there is none
  public String defaultValue(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option) || option.usageHelp() || option.versionHelp()) {
      return null;
    }
    return environment.get(variable(option.longestName()));
  }

  static String variable(String option) {
    return "DUNE_" + option.substring(2).replace('-', '_').toUpperCase(Locale.ROOT);
  }
}
