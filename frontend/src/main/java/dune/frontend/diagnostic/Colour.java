package dune.frontend.diagnostic;

/// Whether text is coloured by ANSI escapes.
public enum Colour {
  PLAIN,
  ANSI;

  enum Ink {
    BOLD("1"),
    RED("1;31"),
    YELLOW("1;33"),
    BLUE("1;34"),
    GREEN("1;32");

    private final String code;

    Ink(String code) {
      this.code = code;
    }
  }

  String paint(Ink ink, String text) {
    return this == ANSI && !text.isEmpty() ? "\033[" + ink.code + "m" + text + "\033[0m" : text;
  }
}
