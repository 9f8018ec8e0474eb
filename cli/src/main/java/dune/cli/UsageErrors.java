package dune.cli;

import dune.frontend.resolve.Suggest;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// A command line that cannot be understood: what is wrong, what was perhaps meant, where help is.
record UsageErrors(Console console) implements IParameterExceptionHandler {
  /// What picocli says of a word that is none of an enumeration.
  private static final Pattern CHOICE =
      Pattern.compile("expected one of \\[(.*)\\] \\(case-insensitive\\) but was '(.*)'");

  @Override
  public int handleParseException(ParameterException failure, String[] arguments) {
    CommandLine command = failure.getCommandLine();
    console.say(describe(failure));
    console.say("see `" + command.getCommandSpec().qualifiedName() + " --help`");
    return ExitStatus.SURROUNDINGS.code();
  }

  private static String describe(ParameterException failure) {
    if (!(failure instanceof UnmatchedArgumentException unmatched)) {
      String message = lowerCase(failure.getMessage().lines().findFirst().orElse(""));
      message = message.replace("option option ", "option ").replace("KEY=VALUE", "NAME=VALUE");
      Matcher choice = CHOICE.matcher(message);
      return choice.find()
          ? choice.replaceFirst("choose " + lower(choice.group(1)) + ", not `$2`")
          : message;
    }
    String first = unmatched.getUnmatched().getFirst();
    String what = kind(unmatched, first) + " `" + first + "`";
    return Suggest.nearest(first, candidates(unmatched))
        .map(nearest -> what + "; did you mean `" + nearest + "`?")
        .orElse(what);
  }

  private static List<String> candidates(UnmatchedArgumentException unmatched) {
    CommandLine command = unmatched.getCommandLine();
    return unmatched.isUnknownOption()
        ? List.copyOf(command.getCommandSpec().optionsMap().keySet())
        : List.copyOf(command.getSubcommands().keySet());
  }

  private static String kind(UnmatchedArgumentException unmatched, String argument) {
    if (unmatched.isUnknownOption()) return "unknown option";
    boolean wantsCommand = !unmatched.getCommandLine().getSubcommands().isEmpty();
    return wantsCommand ? "unknown command" : "unexpected argument";
  }

  private static String lower(String names) {
    return names.toLowerCase(Locale.ROOT);
  }

  private static String lowerCase(String message) {
    return message.isEmpty() || message.length() > 1 && Character.isUpperCase(message.charAt(1))
        ? message
        : Character.toLowerCase(message.charAt(0)) + message.substring(1);
  }
}
