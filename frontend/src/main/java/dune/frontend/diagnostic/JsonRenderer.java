package dune.frontend.diagnostic;

import dune.frontend.source.SourceText;
import java.util.List;
import java.util.function.Consumer;

/// Writes diagnostics for editors, as one JSON document on one line:
///
///     { "diagnostics": [ {
///         "code": "E0101", "severity": "error" | "warning", "title": TEXT, "message": TEXT,
///         "labels": [ { "role": "primary" | "secondary", "file": TEXT, "text": TEXT,
///                       "start": PLACE, "end": PLACE } ],
///         "notes": [ TEXT ], "help": [ TEXT ] } ],
///       "errors": COUNT, "warnings": COUNT }
///
/// The first label is the primary one. A PLACE is `{ "offset": from 0, "line": from 1, "column": from 1 }`, counted in
/// UTF-16 units; `end` is exclusive. Members may be added in later versions, none is removed or changes its meaning.
public final class JsonRenderer {
  private final StringBuilder out = new StringBuilder();

  private JsonRenderer() {}

  public static String render(List<Diagnostic> diagnostics) {
    var renderer = new JsonRenderer();
    renderer.out.append("{\"diagnostics\":");
    renderer.list(diagnostics, renderer::diagnostic);
    renderer.out.append(",\"errors\":").append(count(diagnostics, Severity.ERROR));
    renderer.out.append(",\"warnings\":").append(count(diagnostics, Severity.WARNING));
    return renderer.out.append("}\n").toString();
  }

  private static long count(List<Diagnostic> diagnostics, Severity severity) {
    return diagnostics.stream().filter(d -> d.severity() == severity).count();
  }

  private void diagnostic(Diagnostic diagnostic) {
    out.append("{\"code\":");
    text(diagnostic.code().code());
    out.append(",\"severity\":");
    text(diagnostic.severity().word());
    out.append(",\"title\":");
    text(diagnostic.code().title());
    out.append(",\"message\":");
    text(diagnostic.message());
    out.append(",\"labels\":");
    list(diagnostic.labels(), this::label);
    out.append(",\"notes\":");
    list(diagnostic.notes(), this::text);
    out.append(",\"help\":");
    list(diagnostic.helps(), this::text);
    out.append('}');
  }

  private void label(Label label) {
    out.append("{\"role\":");
    text(
        switch (label.role()) {
          case PRIMARY -> "primary";
          case SECONDARY -> "secondary";
        });
    out.append(",\"file\":");
    text(label.span().source().name());
    out.append(",\"text\":");
    text(label.text());
    out.append(",\"start\":");
    place(label.span().source(), label.span().start());
    out.append(",\"end\":");
    place(label.span().source(), label.span().end());
    out.append('}');
  }

  private void place(SourceText source, int offset) {
    out.append("{\"offset\":").append(offset);
    out.append(",\"line\":").append(source.line(offset));
    out.append(",\"column\":").append(source.column(offset)).append('}');
  }

  private <T> void list(List<T> elements, Consumer<T> element) {
    out.append('[');
    for (int i = 0; i < elements.size(); i++) {
      if (i > 0) {
        out.append(',');
      }
      element.accept(elements.get(i));
    }
    out.append(']');
  }

  private void text(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\n' -> out.append("\\n");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20 || Character.isSurrogate(c) || c == '\u2028' || c == '\u2029') {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
