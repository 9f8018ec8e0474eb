package dune.runtime.template;

import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;

/// A template that was read, and can be rendered as often as needed.
public final class Template {
  private final List<Statement> statements;

  private Template(List<Statement> statements) {
    this.statements = statements;
  }

  /// @throws TemplateFailure if the text is no valid template
  public static Template parse(String text) {
    return new Template(TemplateParser.parse(text));
  }

  /// @param values what the template may use, by name
  /// @param now what `strftime_now` tells
  /// @throws TemplateFailure if the template refuses the values (`raise_exception`), or cannot be
  ///   carried out
  public String render(Map<String, Value> values, ZonedDateTime now) {
    Scope scope = Scope.of(Globals.functions(now));
    values.forEach(scope::set);
    try {
      return new Renderer().text(statements, scope.inner());
    } catch (TemplateFailure failure) {
      throw failure.at(1);
    }
  }
}
