package dune.runtime.sentencepiece;

import dune.runtime.sentencepiece.Model.Kind;
import dune.runtime.sentencepiece.Model.Piece;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/// Byte-pair encoding (Sennrich et al., arXiv 1508.07909): begins with single characters, and joins
/// the two neighbours whose union has the best score until no union is a piece.
final class Bpe implements Segmenter {
  private final Model model;
  private final Trie symbols;
  private final int unknown;

  /// Pieces that text can become.
  private final Map<String, Integer> ids = new HashMap<>();

  Bpe(Model model, Trie symbols, int unknown) {
    this.model = model;
    this.symbols = symbols;
    this.unknown = unknown;
    for (int id = 0; id < model.pieces().size(); id++) {
      Piece piece = model.pieces().get(id);
      switch (piece.kind()) {
        case NORMAL, USER_DEFINED, UNUSED -> ids.put(piece.text(), id);
        case UNKNOWN, CONTROL, BYTE -> {}
      }
    }
  }

  /// A possible union of the symbols at two places, as long as neither has changed since.
  private record Union(int left, int right, int length, float score) {
    static final Comparator<Union> BEST_FIRST =
        Comparator.<Union>comparingDouble(union -> -union.score).thenComparingInt(Union::left);
  }

  @Override
  public List<Part> cut(String text) {
    return new Cutting(text).run();
  }

  /// The work on one text. A symbol is named by the place where it begins.
  private final class Cutting {
    private final String text;

    /// How long the symbol at a place is; 0 where none begins.
    private final int[] length;

    private final int[] before;
    private final boolean[] whole;
    private final PriorityQueue<Union> unions = new PriorityQueue<>(Union.BEST_FIRST);

    /// What pieces that must not be used are made of.
    private final Map<String, String> parts = new HashMap<>();

    Cutting(String text) {
      this.text = text;
      this.length = new int[text.length()];
      this.before = new int[text.length() + 1];
      this.whole = new boolean[text.length()];
    }

    List<Part> run() {
      int last = -1;
      for (int at = 0; at < text.length(); at += length[at]) {
        int symbol = symbols.longest(text, at);
        whole[at] = symbol > 0;
        length[at] = symbol > 0 ? symbol : Character.charCount(text.codePointAt(at));
        before[at] = last;
        last = at;
        propose(before[at], at);
      }
      while (!unions.isEmpty()) {
        Union best = unions.poll();
        if (length[best.left()] == 0
            || length[best.right()] == 0
            || length[best.left()] + length[best.right()] != best.length()) {
          continue;
        }
        join(best);
      }
      List<Part> result = new ArrayList<>();
      for (int at = 0; at < text.length(); at += length[at]) {
        add(text.substring(at, at + length[at]), result);
      }
      return result;
    }

    private void join(Union union) {
      length[union.left()] = union.length();
      length[union.right()] = 0;
      int next = union.left() + union.length();
      before[next] = union.left();
      propose(before[union.left()], union.left());
      if (next < text.length()) propose(union.left(), next);
    }

    private void propose(int left, int right) {
      if (left < 0 || whole[left] || whole[right]) return;
      String union = text.substring(left, right + length[right]);
      Integer id = ids.get(union);
      if (id == null) return;
      Piece piece = model.pieces().get(id);
      unions.add(new Union(left, right, union.length(), piece.score()));
      if (piece.kind() == Kind.UNUSED) parts.putIfAbsent(union, text.substring(left, right));
    }

    private void add(String symbol, List<Part> to) {
      int id = ids.getOrDefault(symbol, unknown);
      boolean unused = model.pieces().get(id).kind() == Kind.UNUSED;
      if (unused && parts.containsKey(symbol)) {
        String left = parts.get(symbol);
        add(left, to);
        add(symbol.substring(left.length()), to);
      } else {
        to.add(new Part(symbol, id));
      }
    }
  }
}
