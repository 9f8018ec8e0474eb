package dune.cli;

import dune.weights.EnvironmentFailure;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/// What a command sees of the process it runs in.
///
/// @param out results, and nothing else
/// @param err everything said to a person
/// @param environment the environment variables
record Console(InputStream in, PrintStream out, PrintStream err, Map<String, String> environment) {
  Console {
    environment = new TreeMap<>(environment);
  }

  /// The process's own: UTF-8 whatever the locale, so that generated text arrives as it is.
  static Console ofProcess() {
    return new Console(
        new FileInputStream(FileDescriptor.in),
        utf8(new FileOutputStream(FileDescriptor.out)),
        utf8(new FileOutputStream(FileDescriptor.err)),
        System.getenv());
  }

  static PrintStream utf8(OutputStream stream) {
    return new PrintStream(stream, false, StandardCharsets.UTF_8);
  }

  /// Whether this is what the process was started with: then a terminal there is a terminal here.
  boolean isOfProcess() {
    return in instanceof FileInputStream;
  }

  boolean isSet(String variable) {
    return !environment.getOrDefault(variable, "").isEmpty();
  }

  /// Writes out what was printed.
  ///
  /// @throws EnvironmentFailure if that is not possible: nobody reads on, or the disk is full
  void requireOutput() {
    if (out.checkError()) {
      throw new EnvironmentFailure(
          "cannot write to standard output: nobody reads it any more, or its disk is full");
    }
  }

  /// One line to a person, in the manner of every command-line program.
  void say(String message) {
    err.println("dunec: " + message);
    err.flush();
  }
}
