package dune.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// One command line, run inside this process.
///
/// @param status the exit status
/// @param out what went to standard output
/// @param err what went to standard error
record Run(int status, String out, String err) {
  static Run of(String... arguments) {
    return of("", Map.of(), arguments);
  }

  static Run of(String in, Map<String, String> environment, String... arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    Console console =
        new Console(
            new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)),
            Console.utf8(out),
            Console.utf8(err),
            environment);
    int status = Dunec.run(console, arguments);
    return new Run(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
