package dune.runtime.plot;

import java.util.Locale;

/// What is drawn in which colour, on a light and on a dark ground.
public enum Ink {
  GROUND(0xffffff, 0x0d1117),
  WORDS(0x1f2328, 0xe6edf3),
  SMALL_WORDS(0x59636e, 0x9198a1),
  AXIS(0x8b949e, 0x6e7681),
  GRID(0xe4e8ec, 0x21262d),
  BLUE(0x2f77bd, 0x5aa2e8),
  PALE_BLUE(0xb9d4ee, 0x2b4a6a),
  ORANGE(0xd9702b, 0xe8935a),
  GREEN(0x7fb069, 0x6b9a58),
  GREY(0x9aa4ae, 0x6e7681);

  private final int light;
  private final int dark;

  Ink(int light, int dark) {
    this.light = light;
    this.dark = dark;
  }

  /// Red, green and blue, eight bits each.
  int light() {
    return light;
  }

  int dark() {
    return dark;
  }

  /// `pale-blue`, as style sheets name it.
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
