package dune.backend.torch.emit;

import java.util.HashSet;
import java.util.Set;

/// Hands out names that Python and TorchScript accept, each once, the same for the same requests in
/// the same order.
final class PythonNames {
  /// Words of the language, and names that methods of ours use.
  private static final Set<String> RESERVED =
      Set.of(
          "and",
          "annotate",
          "as",
          "assert",
          "async",
          "await",
          "break",
          "class",
          "continue",
          "def",
          "del",
          "device",
          "elif",
          "else",
          "except",
          "finally",
          "float",
          "for",
          "from",
          "global",
          "if",
          "import",
          "in",
          "inf",
          "int",
          "is",
          "lambda",
          "len",
          "nan",
          "nonlocal",
          "not",
          "ops",
          "or",
          "pass",
          "raise",
          "range",
          "return",
          "self",
          "torch",
          "training",
          "try",
          "uninitialized",
          "while",
          "with",
          "yield",
          "CONSTANTS",
          "False",
          "List",
          "None",
          "Optional",
          "Tensor",
          "True",
          "Tuple",
          "fork");

  private final Set<String> taken = new HashSet<>(RESERVED);

  /// A name that resembles `wish`.
  String claim(String wish) {
    String plain = wish.replaceAll("[^A-Za-z0-9_]", "_");
    if (plain.isEmpty() || Character.isDigit(plain.charAt(0)) || plain.startsWith("__")) {
      plain = "n" + plain;
    }
    String name = plain;
    for (int i = 1; !taken.add(name); i++) name = plain + "_" + i;
    return name;
  }
}
