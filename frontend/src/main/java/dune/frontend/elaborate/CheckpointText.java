package dune.frontend.elaborate;

import dune.frontend.ast.Definition.BlockDefinition;
import dune.frontend.ast.Item;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.parse.Parsing;
import dune.frontend.source.SourceText;
import dune.ir.Elem;
import dune.ir.checkpoint.CheckpointMap;
import dune.ir.checkpoint.Ignore;
import dune.ir.checkpoint.Rule;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// A {@link CheckpointMap} as a `checkpoint` clause of the language, in which every size is a
/// number.
public final class CheckpointText {
  private CheckpointText() {}

  public static String write(CheckpointMap map) {
    var text = new StringBuilder("checkpoint ");
    text.append(
        map.architectures().stream().map(CheckpointText::quoted).collect(Collectors.joining(", ")));
    text.append(" {\n  weights {\n");
    for (Rule rule : map.rules())
      text.append("    ").append(rule.ours()).append(" = ").append(rule.theirs()).append('\n');
    for (Ignore ignore : map.ignores())
      text.append("    ignore ").append(quoted(ignore.glob())).append('\n');
    return text.append("  }\n}\n").toString();
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /// Reads what {@link #write} wrote; empty if the text is something else.
  public static Optional<CheckpointMap> read(String text) {
    var diagnostics = new Diagnostics();
    var source = SourceText.of("checkpoint", "model M() {\n" + text + "}\n");
    var session = new Session(diagnostics, Elem.F32, false, _ -> false);
    var definitions = Parsing.parse(source, diagnostics).definitions();
    if (diagnostics.hasErrors()) return Optional.empty();
    for (Item item : ((BlockDefinition) definitions.getFirst()).items()) {
      if (item instanceof Item.Checkpoint clause) {
        CheckpointMap map =
            new CheckpointReader(new Evaluator(session))
                .read(clause, Scope.root(Frame.root()), List.of());
        return diagnostics.hasErrors() ? Optional.empty() : Optional.of(map);
      }
    }
    return Optional.empty();
  }
}
