package dune.cli;

import dune.passes.pass.PassException;
import dune.passes.pass.Reproducer;
import dune.weights.AtomicFile;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.UsageFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// The one place where exceptions end: each becomes one line and an exit status.
///
/// @param folder where a failing pass leaves what it was given
record Failures(Console console, Path folder) {
  private static final String DEBUG = "DUNE_DEBUG";

  Failures(Console console) {
    this(console, Path.of(""));
  }

  int report(Throwable failure) {
    ExitStatus status = status(failure);
    switch (status) {
      case OK, MISTAKES, SURROUNDINGS -> console.say(firstLine(failure));
      case BUG -> {
        console.say("a bug in dune, not a mistake of yours: " + summary(failure));
        if (failure instanceof PassException broken) broken.reproducer().ifPresent(this::leave);
        if (!console.isSet(DEBUG)) console.say("set " + DEBUG + "=1 to see where, and report it");
      }
    }
    if (console.isSet(DEBUG)) failure.printStackTrace(console.err());
    console.err().flush();
    return status.code();
  }

  /// Never fails: the bug is what matters.
  private void leave(Reproducer reproducer) {
    Path file = folder.resolve(reproducer.fileName());
    try {
      AtomicFile.write(file, reproducer.text().getBytes(StandardCharsets.UTF_8));
      console.say(
          "what `%s` was given lies in %s; `%s` shows it again"
              .formatted(reproducer.pass().name(), file, reproducer.command()));
    } catch (RuntimeException e) {
      console.say(
          "what `%s` was given is lost: %s".formatted(reproducer.pass().name(), message(e)));
    }
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
