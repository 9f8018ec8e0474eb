package dune.runtime.sentencepiece;

import java.util.HashMap;
import java.util.Map;

/// Texts with numbers, to be walked character by character from any place of another text.
final class Trie {
  static final int ROOT = 0;
  static final int NOWHERE = -1;

  /// From a node and a character to the next node.
  private final Map<Long, Integer> steps = new HashMap<>();

  private final Map<Integer, Integer> numbers = new HashMap<>();
  private int nodes = 1;

  void put(String text, int number) {
    int node = ROOT;
    for (int i = 0; i < text.length(); i++) {
      int next = nodes;
      Integer known = steps.putIfAbsent(key(node, text.charAt(i)), next);
      if (known == null) nodes++;
      node = known == null ? next : known;
    }
    numbers.put(node, number);
  }

  private static long key(int node, char c) {
    return (long) node << 16 | c;
  }

  /// The node after one more character, or [#NOWHERE].
  int step(int node, char c) {
    return steps.getOrDefault(key(node, c), NOWHERE);
  }

  /// The number of the text that ends at a node, or [#NOWHERE].
  int number(int node) {
    return numbers.getOrDefault(node, NOWHERE);
  }

  /// How long the longest text is that stands at a place; 0 if none does.
  int longest(String text, int begin) {
    int longest = 0;
    int node = ROOT;
    for (int i = begin; i < text.length(); i++) {
      node = step(node, text.charAt(i));
      if (node == NOWHERE) break;
      if (number(node) != NOWHERE) longest = i + 1 - begin;
    }
    return longest;
  }

  boolean isEmpty() {
    return numbers.isEmpty();
  }
}
