package dune.cli;

import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.UsageFailure;
import java.io.IOException;
import java.io.UncheckedIOException;

/// The one place where exceptions end: each becomes one line and an exit status.
record Failures(Console console) {
  private static final String DEBUG = "DUNE_DEBUG";

  int report(Throwable failure) {
    ExitStatus status = status(failure);
    switch (status) {
      case OK, MISTAKES, SURROUNDINGS -> console.say(firstLine(failure));
      case BUG -> {
        console.say("a bug in dune, not a mistake of yours: " + summary(failure));
        if (!console.isSet(DEBUG)) console.say("set " + DEBUG + "=1 to see where, and report it");
      }
    }
    if (console.isSet(DEBUG)) failure.printStackTrace(console.err());
    console.err().flush();
    return status.code();
  }

  private static ExitStatus status(Throwable failure) {
    return switch (failure) {
      case InputFailure _ -> ExitStatus.MISTAKES;
      case UsageFailure _, EnvironmentFailure _ -> ExitStatus.SURROUNDINGS;
      case IOException _, UncheckedIOException _, OutOfMemoryError _ -> ExitStatus.SURROUNDINGS;
      default -> ExitStatus.BUG;
    };
  }

  private static String firstLine(Throwable failure) {
    return switch (failure) {
      case OutOfMemoryError _ ->
          "out of memory; DUNE_JAVA_OPTIONS=-Xmx8g gives the Java heap 8 GB, weights lie outside"
              + " it";
      case IOException _, UncheckedIOException _ -> "cannot read or write: " + message(failure);
      default -> message(failure);
    };
  }

  private static String summary(Throwable failure) {
    return failure.getClass().getSimpleName() + ": " + message(failure);
  }

  private static String message(Throwable failure) {
    return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
  }
}
