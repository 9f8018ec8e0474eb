package dune.runtime.sentencepiece;

import java.util.List;

/// Cuts a normalized text into pieces.
sealed interface Segmenter permits Bpe, Unigram {
  /// A part of the text and the id of its piece, which is the unknown one where there is none.
  record Part(String text, int id) {}

  List<Part> cut(String text);
}
