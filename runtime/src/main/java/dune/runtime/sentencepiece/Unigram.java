package dune.runtime.sentencepiece;

import dune.runtime.sentencepiece.Model.Kind;
import dune.runtime.sentencepiece.Model.Piece;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The unigram model (Kudo, arXiv 1804.10959): of all ways to cut a text, the one whose pieces have
/// the highest scores together, found from left to right.
///
/// Sums are kept in single precision, as the library keeps them: near ties would fall otherwise.
final class Unigram implements Segmenter {
  private static final float UNKNOWN_PENALTY = 10;

  private final Model model;
  private final int unknown;
  private final Trie trie = new Trie();
  private final float unknownScore;
  private final float best;

  Unigram(Model model, int unknown) {
    this.model = model;
    this.unknown = unknown;
    float lowest = Float.MAX_VALUE;
    float highest = Float.MIN_NORMAL;
    for (int id = 0; id < model.pieces().size(); id++) {
      Piece piece = model.pieces().get(id);
      switch (piece.kind()) {
        case NORMAL -> {
          lowest = Math.min(lowest, piece.score());
          highest = Math.max(highest, piece.score());
          trie.put(piece.text(), id);
        }
        case USER_DEFINED -> trie.put(piece.text(), id);
        // Never used, whatever its score.
        case UNUSED, UNKNOWN, CONTROL, BYTE -> {}
      }
    }
    this.unknownScore = lowest - UNKNOWN_PENALTY;
    this.best = highest;
  }

  @Override
  public List<Part> cut(String text) {
    int size = text.length();
    float[] score = new float[size + 1];
    int[] begin = new int[size + 1];
    int[] id = new int[size + 1];
    Arrays.fill(begin, -1);
    for (int from = 0; from < size; from += Character.charCount(text.codePointAt(from))) {
      int one = from + Character.charCount(text.codePointAt(from));
      boolean found = false;
      int node = Trie.ROOT;
      for (int to = from + 1; to <= size; to++) {
        node = trie.step(node, text.charAt(to - 1));
        if (node == Trie.NOWHERE) break;
        int piece = trie.number(node);
        if (piece == Trie.NOWHERE) continue;
        double sum = score(piece) + score[from];
        if (begin[to] < 0 || sum > score[to]) {
          score[to] = (float) sum;
          begin[to] = from;
          id[to] = piece;
        }
        found |= to == one;
      }
      float sum = unknownScore + score[from];
      if (!found && (begin[one] < 0 || sum > score[one])) {
        score[one] = sum;
        begin[one] = from;
        id[one] = unknown;
      }
    }
    List<Part> parts = new ArrayList<>();
    for (int end = size; end > 0; end = begin[end]) {
      parts.add(new Part(text.substring(begin[end], end), id[end]));
    }
    return parts.reversed();
  }

  /// What the user defined is preferred to everything.
  private double score(int id) {
    Piece piece = model.pieces().get(id);
    if (piece.kind() != Kind.USER_DEFINED) return piece.score();
    int bytes = piece.text().getBytes(StandardCharsets.UTF_8).length;
    return bytes * best - 0.1;
  }
}
