package dune.cli;

import java.util.Optional;

/// Where messages come from.
interface ChatInput extends AutoCloseable {
  /// The process's terminal, or the lines of standard input where that is no terminal.
  static ChatInput of(Console console) {
    boolean terminal =
        console.isOfProcess() && System.console() != null && System.console().isTerminal();
    return terminal ? TerminalInput.open() : new PlainInput(console.in());
  }

  /// The next message; empty when there is none any more.
  Optional<String> next();

  /// Whether a person sits there, who can try again after a failure.
  boolean isInteractive();

  /// Does something that Ctrl-C interrupts by calling `stop`, on another thread.
  void interruptibly(Runnable stop, Runnable work);

  @Override
  void close();
}
