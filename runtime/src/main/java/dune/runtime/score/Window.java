package dune.runtime.score;

import java.util.ArrayList;
import java.util.List;

/// A part of a text that a model reads from its beginning, to predict the end of it.
///
/// @param begin number of the first token that is read
/// @param first number of the first token that is predicted, after `begin`
/// @param end after the last token that is predicted
record Window(int begin, int first, int end) {

  int predicted() {
    return end - first;
  }

  /// Windows of `context` tokens, `stride` apart, in which each token of the text is predicted
  /// once, from at least `context - stride` tokens before it, except in the first window. The
  /// text's first token has nothing before it and is not predicted; where windows share no tokens,
  /// as `stride` equals `context`, neither is the first one of each.
  ///
  /// Source: the guide "Perplexity of fixed-length models" of Hugging Face's transformers.
  static List<Window> of(int length, int context, int stride) {
    var windows = new ArrayList<Window>();
    int done = 0;
    for (int begin = 0; done < length; begin += stride) {
      int end = Math.min(begin + context, length);
      var window = new Window(begin, Math.max(done, begin + 1), end);
      if (window.predicted() > 0) windows.add(window);
      done = end;
    }
    return windows;
  }
}
