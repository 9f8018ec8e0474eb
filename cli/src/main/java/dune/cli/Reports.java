package dune.cli;

import dune.frontend.diagnostic.Colour;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.diagnostic.TextRenderer;

/// Shows what the compiler has to say, on standard error.
record Reports(Console console) {
  /// @return the status that the command ends with because of them
  ExitStatus show(Diagnostics diagnostics) {
    if (!diagnostics.isEmpty()) {
      console.err().print(TextRenderer.render(diagnostics.list(), colour()));
      console.err().println(TextRenderer.summary(diagnostics.list()));
      console.err().flush();
    }
    return diagnostics.hasErrors() ? ExitStatus.MISTAKES : ExitStatus.OK;
  }

  void say(String message) {
    console.say(message);
  }

  Colour colour() {
    boolean plain =
        System.console() == null
            || console.isSet("NO_COLOR")
            || "dumb".equals(console.environment().get("TERM"));
    return plain ? Colour.PLAIN : Colour.ANSI;
  }
}
