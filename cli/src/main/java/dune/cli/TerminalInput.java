package dune.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jline.reader.EOFError;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/// Messages typed at a terminal: with editing, the history of this conversation, and pasted blocks
/// as one message.
final class TerminalInput implements ChatInput {
  private static final String PROMPT = "> ";
  private static final String CONTINUED = ". ";

  private final Terminal terminal;
  private final LineReader reader;

  private TerminalInput(Terminal terminal) {
    this.terminal = terminal;
    this.reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .parser(new Continuing())
            .variable(LineReader.SECONDARY_PROMPT_PATTERN, CONTINUED)
            .variable(LineReader.INDENTATION, 0)
            // Exclamation marks and tabs are text.
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .option(LineReader.Option.INSERT_TAB, true)
            .option(LineReader.Option.HISTORY_IGNORE_SPACE, false)
            .build();
  }

  static TerminalInput open() {
    try {
      // By way of `stty`: the others load native code.
      return new TerminalInput(
          TerminalBuilder.builder()
              .system(true)
              .encoding(StandardCharsets.UTF_8)
              .jni(false)
              .ffm(false)
              .jna(false)
              .jansi(false)
              .exec(true)
              .build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Optional<String> next() {
    while (true) {
      try {
        return Optional.of(reader.readLine(PROMPT).replace("\\\n", "\n"));
      } catch (UserInterruptException cleared) {
        // Ctrl-C at the prompt gives up the line.
      } catch (EndOfFileException end) {
        return Optional.empty();
      }
    }
  }

  @Override
  public boolean isInteractive() {
    return true;
  }

  @Override
  public void interruptibly(Runnable stop, Runnable work) {
    Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, _ -> stop.run());
    try {
      work.run();
    } finally {
      terminal.handle(Terminal.Signal.INT, before);
    }
  }

  @Override
  public void close() {
    try {
      terminal.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Takes a line as it is, and asks for more after a backslash.
  private static final class Continuing extends DefaultParser {
    Continuing() {
      setQuoteChars(new char[0]);
      setEscapeChars(new char[0]);
    }

    @Override
    public ParsedLine parse(String line, int cursor, ParseContext context) {
      if (context == ParseContext.ACCEPT_LINE && line.endsWith("\\")) {
        throw new EOFError(-1, -1, "the message goes on", "");
      }
      return super.parse(line, cursor, context);
    }
  }
}
