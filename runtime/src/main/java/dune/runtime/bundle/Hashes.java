package dune.runtime.bundle;

import dune.frontend.source.SourceText;
import dune.weights.tensor.Tensors;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// SHA-256 of what a bundle was made from.
final class Hashes {
  private Hashes() {}

  static String sources(List<SourceText> texts) {
    MessageDigest digest = sha256();
    for (SourceText text : texts) {
      add(digest, text.name());
      add(digest, text.text());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /// Names, types and shapes of all tensors, and where they lie in their files.
  static String headers(Tensors tensors) {
    MessageDigest digest = sha256();
    tensors
        .all()
        .forEach(
            (name, tensor) -> {
              add(digest, name);
              add(digest, tensor.source().text());
              add(digest, tensor.info().toString());
            });
    return HexFormat.of().formatHex(digest.digest());
  }

  /// Adds a text so that no two lists of texts look alike.
  private static void add(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
    digest.update(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
