package dune.runtime.library;

import dune.ir.Program;
import dune.ir.text.Parser;
import dune.ir.text.Printer;
import dune.ir.text.TextException;
import dune.ir.verify.Origins;
import dune.ir.verify.Problem;
import dune.ir.verify.Verifier;
import dune.weights.InputFailure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/// A file with intermediate representation, as `dunec ir` prints it.
public final class IrFile {
  private IrFile() {}

  public static boolean isIr(Path file) {
    return file.toString().endsWith(".ir");
  }

  /// @throws InputFailure with file and line if it is no program, or an ill-formed one
  public static Program read(Path file) {
    return parse(file.toString(), new String(Library.bytes(file), StandardCharsets.UTF_8));
  }

  static Program parse(String name, String text) {
    Program program;
    try {
      program = Parser.parse(text);
    } catch (TextException e) {
      throw new InputFailure(name + ":" + e.getMessage());
    }
    List<Problem> problems = Verifier.verify(program, Origins.OPTIONAL);
    if (problems.isEmpty()) return program;
    Problem first = problems.getFirst();
    String more = problems.size() == 1 ? "" : " (and %d more)".formatted(problems.size() - 1);
    throw new InputFailure(
        "%s:%d: %s: %s%s"
            .formatted(name, line(text, program, first), first.where(), first.message(), more));
  }

  /// A program knows no lines of its text, but it prints in the lines that it was read from, apart
  /// from blank ones and comments.
  private static int line(String text, Program program, Problem problem) {
    List<String> printed = Printer.print(program).lines().filter(IrFile::says).toList();
    List<String> lines = text.lines().toList();
    List<Integer> written =
        IntStream.range(0, lines.size()).filter(i -> says(lines.get(i))).boxed().toList();
    if (written.size() != printed.size()) return 1;
    int place = 0;
    for (int i = 0; i < printed.size(); i++) {
      if (isHead(printed.get(i), problem.where())) place = i;
    }
    int head = place;
    String operation = problem.text().lines().findFirst().orElse("").strip();
    if (!operation.isEmpty()) {
      place =
          IntStream.range(head, printed.size())
              .filter(i -> isOf(printed.get(i), operation))
              .findFirst()
              .orElse(head);
    }
    return written.get(place) + 1;
  }

  private static boolean isHead(String line, String where) {
    return line.startsWith(where + "(") || line.startsWith(where + ":");
  }

  /// A problem shows an operation without the types of its results: `[%2] = neg %1`.
  private static boolean isOf(String line, String operation) {
    int equals = operation.indexOf(" = ");
    if (equals < 0) return line.contains(operation);
    String result = operation.substring(0, equals).replaceAll("[\\[\\]]", "").split(",")[0];
    String rest = operation.substring(equals + " = ".length());
    return result.isEmpty()
        ? line.strip().startsWith(rest)
        : line.strip().startsWith(result + ":") && line.contains(" = " + rest);
  }

  private static boolean says(String line) {
    return !line.isBlank() && !line.strip().startsWith("//");
  }
}
