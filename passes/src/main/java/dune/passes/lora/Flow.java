package dune.passes.lora;

import java.util.Set;
import java.util.TreeSet;

/// What is known of a value: the products that it comes from without another product between.
///
/// @param straight products that reach it, by number
/// @param bent those of them that went through a function that is not linear
/// @param past it is of all steps so far
/// @param scores it comes from products of queries with keys
/// @param attended it comes from values weighed by scores
/// @param stream it is the residual stream
/// @param known it depends on no weight and no input
record Flow(
    Set<Integer> straight,
    Set<Integer> bent,
    boolean past,
    boolean scores,
    boolean attended,
    boolean stream,
    boolean known) {
  static final Flow KNOWN = new Flow(Set.of(), Set.of(), false, false, false, false, true);
  static final Flow OTHER = new Flow(Set.of(), Set.of(), false, false, false, false, false);
  static final Flow STREAM = new Flow(Set.of(), Set.of(), false, false, false, true, false);
  static final Flow SCORES = new Flow(Set.of(), Set.of(), false, true, false, false, false);
  static final Flow ATTENDED = new Flow(Set.of(), Set.of(), false, false, true, false, false);

  static Flow of(int product) {
    return new Flow(Set.of(product), Set.of(), false, false, false, false, false);
  }

  Set<Integer> products() {
    return union(straight, bent);
  }

  Flow and(Flow other) {
    return new Flow(
        union(straight, other.straight),
        union(bent, other.bent),
        past || other.past,
        scores || other.scores,
        attended || other.attended,
        stream || other.stream,
        known && other.known);
  }

  Flow curved() {
    return new Flow(Set.of(), products(), past, scores, attended, stream, known);
  }

  Flow kept() {
    return new Flow(straight, bent, true, scores, attended, stream, known);
  }

  Flow withoutStream() {
    return new Flow(straight, bent, past, scores, attended, false, known);
  }

  private static Set<Integer> union(Set<Integer> one, Set<Integer> other) {
    var union = new TreeSet<>(one);
    union.addAll(other);
    return union;
  }
}
