package dune.runtime.profile;

import dune.frontend.source.SourceText;
import dune.ir.Origin;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A profile as the text of the model, with what each line costs in the margin.
public final class ProfileText {
  private static final String HEAD = "total ms   self ms      %         MB";
  private static final String MARGIN = "%8s  %8s  %5s  %9s";

  private final Profile profile;
  private final Lines lines;
  private final StringBuilder text = new StringBuilder();

  private ProfileText(Profile profile) {
    this.profile = profile;
    this.lines = Lines.of(profile);
  }

  /// @param model printed as a whole
  /// @param imported of these, the lines of which something runs
  public static String of(Profile profile, SourceText model, List<SourceText> imported) {
    return new ProfileText(profile).text(model, imported);
  }

  private String text(SourceText model, List<SourceText> imported) {
    line(
        "%s: %.3f ms, and %.3f ms where every operation notes down when it ends; the lines below"
            + " have %.3f ms of these",
        profile.moment().text(),
        profile.alone() * 1e3,
        profile.observed() * 1e3,
        profile.sum() * 1e3);
    line("");
    line("%s  %s", HEAD, model.name());
    for (int line = 1; line <= model.lineCount(); line++) line(model, line);
    for (SourceText source : imported) {
      if (!lines.files().contains(source.name())) continue;
      line("");
      line("%s  %s", HEAD, source.name());
      for (int line = 1; line <= source.lineCount(); line++) {
        if (!margin(source.name(), line).isBlank()) line(source, line);
      }
    }
    line("");
    line(MARGIN + "  handing in tokens, giving back logits", "", ms(lines.elsewhere()), "", "");
    return text.toString();
  }

  private void line(SourceText source, int line) {
    line("%s  %4d  %s", margin(source.name(), line), line, source.lineText(line));
  }

  private String margin(String file, int line) {
    Lines.Line cost = lines.line(file, line);
    Optional<Origin> kernel = lines.kernel(file, line);
    if (cost.total() == 0 && kernel.isPresent()) {
      Origin at = kernel.get();
      String where = at.file().equals(file) ? "line " + at.line() : at.place();
      return "%36s".formatted("with " + where);
    }
    if (cost.total() == 0) return MARGIN.formatted("", "", "", "");
    return String.format(
        Locale.ROOT,
        MARGIN,
        ms(cost.total()),
        cost.self() == 0 ? "" : ms(cost.self()),
        String.format(Locale.ROOT, "%.1f", 100 * cost.total() / profile.sum()),
        cost.bytes() == 0 ? "" : String.format(Locale.ROOT, "%.3f", cost.bytes() * 1e-6));
  }

  private static String ms(double seconds) {
    return String.format(Locale.ROOT, "%.3f", seconds * 1e3);
  }

  private void line(String form, Object... values) {
    text.append(String.format(Locale.ROOT, form, values).stripTrailing()).append('\n');
  }
}
