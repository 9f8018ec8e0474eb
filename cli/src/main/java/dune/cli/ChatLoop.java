package dune.cli;

import dune.runtime.chat.Answer;
import dune.runtime.chat.Chat;
import dune.runtime.generate.Generated;
import dune.weights.InputFailure;
import java.util.Optional;

/// Messages in, answers out, until there are no more messages.
///
/// Standard output gets the answers, each ended by a newline; whatever else is to say goes to
/// standard error.
record ChatLoop(Console console, Chat chat, ChatAdapters adapters, ChatInput input) {
  private static final String HELP =
      """
      /help           this
      /reset          forget what was said
      /system TEXT    tell the model TEXT before everything else; without TEXT, nothing
      /adapter        which adapters there are, and how much each counts
      /adapter A B=2  let A count once and B twice, and no other; none for the base alone
      /exit           end; so does Ctrl-D
      A backslash at the end of a line continues the message in the next line, and a pasted
      block is one message. Ctrl-C stops an answer, which stays in the conversation as it is.\
      """;

  private enum Next {
    GO_ON,
    END
  }

  void run() {
    Next next = Next.GO_ON;
    while (next == Next.GO_ON) {
      Optional<String> message = input.next();
      if (message.isEmpty()) return;
      next = take(message.get());
    }
  }

  private Next take(String message) {
    String text = message.strip();
    if (text.isEmpty()) return Next.GO_ON;
    int space = text.indexOf(' ');
    String word = space < 0 ? text : text.substring(0, space);
    String rest = space < 0 ? "" : text.substring(space).strip();
    switch (word) {
      case "/exit", "/quit", "/bye" -> {
        return Next.END;
      }
      case "/help", "/?" -> HELP.lines().forEach(console.err()::println);
      case "/reset", "/clear" -> {
        chat.reset();
        console.say("everything said is forgotten");
      }
      case "/system" -> {
        chat.tell(Optional.of(rest).filter(said -> !said.isEmpty()));
        console.say(rest.isEmpty() ? "the model is told nothing first" : "the model is told that");
      }
      case "/adapter" -> adapt(rest);
      default -> {
        if (word.matches("/[a-z]+")) console.say("there is no " + word + "; /help lists what is");
        else answer(message);
      }
    }
    console.err().flush();
    return Next.GO_ON;
  }

  private void adapt(String names) {
    try {
      if (!names.isEmpty()) {
        adapters.select(names);
        chat.readAnew();
      }
      console.say(adapters.text());
    } catch (InputFailure failure) {
      if (!input.isInteractive()) throw failure;
      console.say(failure.getMessage());
    }
  }

  private void answer(String message) {
    input.interruptibly(
        chat::stop,
        () -> {
          try {
            Answer answer = chat.say(message, this::show);
            console.out().println();
            console.requireOutput();
            explain(answer);
          } catch (InputFailure failure) {
            // In a pipe nobody can say something else instead.
            if (!input.isInteractive()) throw failure;
            console.say(failure.getMessage());
          }
        });
  }

  private void show(String piece) {
    console.out().print(piece);
    console.requireOutput();
  }

  private void explain(Answer answer) {
    if (answer.forgotten() > 0) {
      console.say(
          "the context is full: the oldest %d messages are forgotten"
              .formatted(answer.forgotten()));
    }
    if (answer.ending().isEmpty()) {
      console.say("stopped");
    } else if (answer.ending().get() == Generated.Ending.LIMIT) {
      console.say("the answer is cut; --max-tokens allows longer ones");
    } else if (answer.ending().get() == Generated.Ending.CONTEXT) {
      console.say("the answer is cut: the context is full; --ctx-size makes it larger");
    }
  }
}
