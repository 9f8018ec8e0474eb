package dune.runtime.sentencepiece;

import java.nio.ByteBuffer;
import java.util.List;

/// What a `tokenizer.model` says.
///
/// @param pieces by id
/// @param algorithm how texts are cut
/// @param bytes whether characters without a piece become pieces of their bytes
/// @param spaceIsSuffix whether words end with their space, instead of beginning with it
/// @param beginning the id before a text, negative if there is none
/// @param end the id after a text, negative if there is none
/// @param unknownText what an unknown piece decodes to
record Model(
    List<Piece> pieces,
    Algorithm algorithm,
    boolean bytes,
    boolean spaceIsSuffix,
    int beginning,
    int end,
    String unknownText,
    Rules rules) {
  /// The character that stands for a space inside of pieces.
  static final String SPACE = "\u2581";

  Model {
    pieces = List.copyOf(pieces);
  }

  enum Algorithm {
    UNIGRAM,
    BPE
  }

  /// In the order of their numbers in the file, which begin at 1.
  enum Kind {
    NORMAL,
    UNKNOWN,
    CONTROL,
    USER_DEFINED,
    UNUSED,
    BYTE
  }

  /// @param score the logarithm of its probability, or its rank among merges
  record Piece(String text, float score, Kind kind) {}

  /// How a text is rewritten before it is cut.
  ///
  /// @param map what characters become; see [Charsmap]
  /// @param addsSpace whether a space is put before every text
  /// @param dropsSpaces whether spaces at the ends, and all but one between words, are dropped
  /// @param marksSpaces whether spaces become [#SPACE]
  record Rules(ByteBuffer map, boolean addsSpace, boolean dropsSpaces, boolean marksSpaces) {}
}
