package dune.runtime.sentencepiece;

import dune.runtime.sentencepiece.Model.Algorithm;
import dune.runtime.sentencepiece.Model.Kind;
import dune.runtime.sentencepiece.Model.Piece;
import dune.runtime.sentencepiece.Segmenter.Part;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// A `tokenizer.model`. Safe for use by several threads.
public final class SentencePiece {
  private static final String BROKEN = "\uFFFD";
  private static final long LARGEST = 1_000_000_000;

  private final Model model;
  private final Normalizer normalizer;
  private final Segmenter segmenter;
  private final int unknown;

  /// The id of each byte; empty where characters do not fall back to bytes.
  private final int[] bytes;

  private SentencePiece(Model model) {
    this.model = model;
    this.unknown = first(Kind.UNKNOWN);
    var symbols = new Trie();
    for (int id = 0; id < model.pieces().size(); id++) {
      Piece piece = model.pieces().get(id);
      if (piece.kind() == Kind.USER_DEFINED) symbols.put(piece.text(), id);
    }
    this.normalizer = new Normalizer(model, symbols);
    this.segmenter =
        model.algorithm() == Algorithm.BPE
            ? new Bpe(model, symbols, unknown)
            : new Unigram(model, unknown);
    this.bytes = model.bytes() ? bytes(model.pieces()) : new int[0];
  }

  private int first(Kind kind) {
    return IntStream.range(0, model.pieces().size())
        .filter(id -> model.pieces().get(id).kind() == kind)
        .findFirst()
        .orElseThrow();
  }

  private static int[] bytes(List<Piece> pieces) {
    Map<String, Integer> ids = new LinkedHashMap<>();
    for (int id = 0; id < pieces.size(); id++) ids.put(pieces.get(id).text(), id);
    return IntStream.range(0, 256).map(value -> ids.get(ModelReader.byteText(value))).toArray();
  }

  /// @throws EnvironmentFailure if the file cannot be read
  /// @throws InputFailure if it is no such model
  public static SentencePiece read(Path file) {
    try {
      if (Files.size(file) > LARGEST)
        throw new InputFailure(file, "it is too large for a tokenizer");
      return of(file, Files.readAllBytes(file));
    } catch (IOException e) {
      throw EnvironmentFailure.reading(file, e);
    }
  }

  /// @param file under which name to report what is wrong with `bytes`
  static SentencePiece of(Path file, byte[] bytes) {
    try {
      return new SentencePiece(ModelReader.read(ByteBuffer.wrap(bytes)));
    } catch (Wire.Broken failure) {
      throw new InputFailure(
          file, "it is no SentencePiece model: " + Quoted.plain(failure.getMessage()));
    }
  }

  /// Where a text begins that is to be encoded, or ids that are to be decoded.
  public enum Place {
    /// At the beginning: a space is put before it if the model wants one, and dropped again.
    BEGINNING,
    /// After something else.
    INSIDE
  }

  /// The ids of a text; names of control pieces in it are text like any other.
  public int[] encode(String text, Place place) {
    var start =
        place == Place.BEGINNING
            ? Normalizer.Start.AS_THE_RULES_SAY
            : Normalizer.Start.WITHOUT_SPACE;
    IntStream.Builder ids = IntStream.builder();
    boolean afterUnknown = false;
    for (Part part : segmenter.cut(normalizer.normalize(text, start))) {
      boolean isUnknown = part.id() == unknown;
      if (isUnknown && bytes.length > 0) {
        for (byte value : part.text().getBytes(StandardCharsets.UTF_8)) {
          ids.add(bytes[Byte.toUnsignedInt(value)]);
        }
      } else if (!isUnknown || !afterUnknown) {
        // Neighbouring unknown parts are one.
        ids.add(part.id());
      }
      afterUnknown = isUnknown;
    }
    return ids.build().toArray();
  }

  /// The text of ids that begin a sequence.
  public String decode(int[] ids) {
    return decode(ids, Place.BEGINNING);
  }

  /// The text of ids: control pieces have none, bytes that are not UTF-8 read U+FFFD, ids that the
  /// model does not have are left out.
  public String decode(int[] ids, Place place) {
    var text = new StringBuilder();
    var pending = new ByteArrayOutputStream();
    boolean atBeginning = place == Place.BEGINNING;
    boolean dropped = false;
    for (int id : ids) {
      if (id < 0 || id >= model.pieces().size()) continue;
      Piece piece = model.pieces().get(id);
      if (piece.kind() == Kind.BYTE) {
        pending.write(Integer.parseInt(piece.text(), 3, 5, 16));
        continue;
      }
      flush(pending, text);
      if (dropped || !text.isEmpty()) atBeginning = false;
      dropped = false;
      switch (piece.kind()) {
        case CONTROL -> {}
        case UNKNOWN -> text.append(model.unknownText());
        case NORMAL, USER_DEFINED, UNUSED, BYTE -> {
          String shown = piece.text();
          boolean dropsFirst = model.rules().addsSpace() || model.rules().dropsSpaces();
          if (atBeginning && dropsFirst && shown.startsWith(Model.SPACE)) {
            shown = shown.substring(1);
            dropped = !model.rules().dropsSpaces();
          }
          text.append(shown.replace(Model.SPACE, " "));
        }
      }
    }
    flush(pending, text);
    return text.toString();
  }

  /// Whole characters as they are, every other byte as U+FFFD.
  private static void flush(ByteArrayOutputStream pending, StringBuilder text) {
    byte[] all = pending.toByteArray();
    pending.reset();
    int at = 0;
    while (at < all.length) {
      int length = Utf8.length(all, at);
      text.append(length == 0 ? BROKEN : new String(all, at, length, StandardCharsets.UTF_8));
      at += Math.max(1, length);
    }
  }

  public int size() {
    return model.pieces().size();
  }

  /// The token before a text, if the model has one.
  public OptionalInt beginning() {
    return model.beginning() < 0 ? OptionalInt.empty() : OptionalInt.of(model.beginning());
  }

  /// The token after a text, if the model has one.
  public OptionalInt end() {
    return model.end() < 0 ? OptionalInt.empty() : OptionalInt.of(model.end());
  }

  /// The ids of pieces that stand for no text, by their names.
  public Map<String, Integer> special() {
    Map<String, Integer> special = new LinkedHashMap<>();
    for (int id = 0; id < model.pieces().size(); id++) {
      Piece piece = model.pieces().get(id);
      if (piece.kind() == Kind.CONTROL || piece.kind() == Kind.UNKNOWN) {
        special.put(piece.text(), id);
      }
    }
    return special;
  }
}
