package dune.weights;

import java.util.Locale;

/// Amounts as people read them.
public final class Amount {
  private Amount() {}

  /// `14.5 GB`; small ones exactly.
  public static String ofBytes(long bytes) {
    if (bytes < 1_000_000) return grouped(bytes) + " bytes";
    if (bytes < 1_000_000_000) return String.format(Locale.ROOT, "%.4g MB", bytes * 1e-6);
    return String.format(Locale.ROOT, "%.4g GB", bytes * 1e-9);
  }

  /// `1,234,567`.
  public static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
