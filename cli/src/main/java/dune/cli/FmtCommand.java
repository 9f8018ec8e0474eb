package dune.cli;

import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.format.Formatter;
import dune.frontend.source.SourceText;
import dune.runtime.library.ModelFile;
import dune.weights.AtomicFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "fmt",
    description = {
      "Formats files in place. A file with syntax errors is left as it is.",
      "Line breaks and comments stay; indentation and spaces are chosen."
    })
final class FmtCommand implements Callable<Integer> {
  private final Console console;
  private final Reports reports;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Files to format; - reads standard input and writes standard output.")
  private List<Path> files = List.of();

  @Option(
      names = "--check",
      description = "Change nothing; exit with 1 and name the files that would change.")
  private boolean check;

  FmtCommand(Console console) {
    this.console = console;
    this.reports = new Reports(console);
  }

  @Override
  public Integer call() throws java.io.IOException {
    boolean fine = true;
    for (Path file : files) fine &= file.toString().equals("-") ? stream() : format(file);
    return (fine ? ExitStatus.OK : ExitStatus.MISTAKES).code();
  }

  private boolean format(Path file) {
    var diagnostics = new Diagnostics();
    Optional<SourceText> text = ModelFile.read(file, diagnostics).map(ModelFile::text);
    Optional<String> formatted = text.flatMap(found -> Formatter.format(found, diagnostics));
    reports.show(diagnostics);
    if (formatted.isEmpty()) return false;
    if (formatted.get().equals(text.get().text())) return true;
    if (check) {
      console.say(file + " would be formatted");
      return false;
    }
    AtomicFile.write(file, formatted.get().getBytes(StandardCharsets.UTF_8));
    return true;
  }

  private boolean stream() throws java.io.IOException {
    var diagnostics = new Diagnostics();
    var text = SourceText.of("-", new String(console.in().readAllBytes(), StandardCharsets.UTF_8));
    Optional<String> formatted = Formatter.format(text, diagnostics);
    reports.show(diagnostics);
    if (check) return formatted.isPresent() && formatted.get().equals(text.text());
    formatted.ifPresent(console.out()::print);
    return formatted.isPresent();
  }
}
