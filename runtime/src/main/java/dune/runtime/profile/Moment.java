package dune.runtime.profile;

/// The step that is looked at.
///
/// @param before how many tokens the sequence has already
/// @param tokens how many it takes in
public record Moment(int before, int tokens) {
  public Moment {
    if (before < 0 || tokens < 1) {
      throw new IllegalArgumentException(tokens + " tokens after " + before);
    }
  }

  /// The last token of a text of this length.
  public static Moment ofText(int length) {
    return new Moment(length - 1, 1);
  }

  /// As much of a prompt of this length as goes in at once.
  public static Moment ofPrompt(int length, int chunk) {
    return new Moment(0, Math.min(length, chunk));
  }

  /// `1 token after 63 others`.
  public String text() {
    String amount = tokens == 1 ? "1 token" : tokens + " tokens";
    return before == 0 ? amount : "%s after %d others".formatted(amount, before);
  }
}
