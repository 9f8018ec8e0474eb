package dune.runtime.sentencepiece;

import dune.runtime.sentencepiece.Model.Algorithm;
import dune.runtime.sentencepiece.Model.Kind;
import dune.runtime.sentencepiece.Model.Piece;
import dune.runtime.sentencepiece.Model.Rules;
import dune.runtime.sentencepiece.Wire.Broken;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Reads the protocol buffer `ModelProto` of sentencepiece_model.proto. What is absent has the
/// default of that file.
final class ModelReader {
  private static final int MOST_PIECES = 10_000_000;
  private static final int BYTES = 256;

  private final List<Piece> pieces = new ArrayList<>();
  private int algorithm = 1;
  private boolean bytes;
  private boolean spaceIsSuffix;
  private int beginning = 1;
  private int end = 2;
  private String unknownText = " \u2047 ";
  private Rules rules = new Rules(ByteBuffer.allocate(0), true, true, true);

  private ModelReader() {}

  /// @throws Broken if the bytes are no model, or one that we cannot follow
  static Model read(ByteBuffer file) {
    var reader = new ModelReader();
    reader.model(new Wire(file));
    return reader.checked();
  }

  private void model(Wire in) {
    while (in.next()) {
      switch (in.field()) {
        case 1 -> piece(in.message());
        case 2 -> training(in.message());
        case 3 -> normalizing(in.message());
        case 5 -> denormalizing(in.message());
        default -> in.skip();
      }
    }
  }

  private void piece(Wire in) {
    String text = "";
    float score = 0;
    int kind = 1;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> text = in.text();
        case 2 -> score = in.real();
        case 3 -> kind = in.integer();
        default -> in.skip();
      }
    }
    if (text.isEmpty()) throw new Broken("piece " + pieces.size() + " has no text");
    if (Float.isNaN(score)) throw new Broken("piece " + pieces.size() + " has no score");
    if (kind < 1 || kind > Kind.values().length) {
      throw new Broken("piece %d is of the unknown kind %d".formatted(pieces.size(), kind));
    }
    if (pieces.size() == MOST_PIECES) throw new Broken("it has too many pieces");
    pieces.add(new Piece(text, score, Kind.values()[kind - 1]));
  }

  private void training(Wire in) {
    while (in.next()) {
      switch (in.field()) {
        case 3 -> algorithm = in.integer();
        case 24 -> spaceIsSuffix = in.flag();
        case 35 -> bytes = in.flag();
        case 41 -> beginning = in.integer();
        case 42 -> end = in.integer();
        case 44 -> unknownText = in.text();
        default -> in.skip();
      }
    }
  }

  private void normalizing(Wire in) {
    ByteBuffer map = rules.map();
    boolean addsSpace = true;
    boolean dropsSpaces = true;
    boolean marksSpaces = true;
    while (in.next()) {
      switch (in.field()) {
        case 2 -> map = in.bytes();
        case 3 -> addsSpace = in.flag();
        case 4 -> dropsSpaces = in.flag();
        case 5 -> marksSpaces = in.flag();
        default -> in.skip();
      }
    }
    rules = new Rules(map, addsSpace, dropsSpaces, marksSpaces);
  }

  private static void denormalizing(Wire in) {
    while (in.next()) {
      if (in.field() == 2 && in.bytes().hasRemaining()) {
        throw new Broken("it rewrites decoded texts, which dune does not follow");
      } else if (in.field() != 2) {
        in.skip();
      }
    }
  }

  private Model checked() {
    Algorithm cut =
        switch (algorithm) {
          case 1 -> Algorithm.UNIGRAM;
          case 2 -> Algorithm.BPE;
          case 3, 4 ->
              throw new Broken(
                  "it cuts texts into words or characters; dune knows unigram and BPE models");
          default -> throw new Broken("it cuts texts in the unknown way " + algorithm);
        };
    Set<String> texts = new HashSet<>();
    for (Piece piece : pieces) {
      if (!texts.add(piece.text()))
        throw new Broken("the piece `" + piece.text() + "` stands twice");
    }
    long unknown = pieces.stream().filter(piece -> piece.kind() == Kind.UNKNOWN).count();
    if (unknown != 1) throw new Broken("it has %d unknown pieces, not 1".formatted(unknown));
    if (bytes) {
      for (int value = 0; value < BYTES; value++) {
        if (!texts.contains(byteText(value))) {
          throw new Broken("the piece of the byte %d is missing".formatted(value));
        }
      }
    }
    return new Model(
        pieces, cut, bytes, spaceIsSuffix, known(beginning), known(end), unknownText, rules);
  }

  private int known(int id) {
    return id < pieces.size() ? id : -1;
  }

  static String byteText(int value) {
    return "<0x%02X>".formatted(value);
  }
}
