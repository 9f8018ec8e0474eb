package dune.cli;

import dune.ir.checkpoint.Json;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Numbers as people read them, and values as programs do.
final class Sizes {
  private Sizes() {}

  /// `14.5 GB`; small sizes exactly.
  static String bytes(long bytes) {
    if (bytes < 1_000_000) return grouped(bytes) + " bytes";
    if (bytes < 1_000_000_000) return String.format(Locale.ROOT, "%.4g MB", bytes * 1e-6);
    return String.format(Locale.ROOT, "%.4g GB", bytes * 1e-9);
  }

  static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  static Json object(Map<String, Json> fields) {
    return new Json.Fields(fields, Json.Place.NONE);
  }

  static Json list(List<? extends Json> values) {
    return new Json.Items(List.copyOf(values), Json.Place.NONE);
  }

  static Json number(long value) {
    return new Json.Whole(value, Json.Place.NONE);
  }

  static Json text(String value) {
    return new Json.Text(value, Json.Place.NONE);
  }

  static Json none() {
    return new Json.Null(Json.Place.NONE);
  }
}
