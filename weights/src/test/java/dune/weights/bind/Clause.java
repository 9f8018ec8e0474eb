package dune.weights.bind;

import dune.ir.Elem;
import dune.ir.Origin;
import dune.ir.checkpoint.CheckpointMap;
import dune.ir.checkpoint.Ignore;
import dune.ir.checkpoint.Pattern;
import dune.ir.checkpoint.Pattern.Step;
import dune.ir.checkpoint.Rule;
import dune.ir.checkpoint.TensorSource;
import dune.ir.checkpoint.TensorSource.Part;
import dune.ir.checkpoint.Tie;
import dune.ir.checkpoint.WeightRequest;
import dune.weights.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/// A checkpoint clause and requests, written down in a test.
final class Clause {
  private final List<Rule> rules = new ArrayList<>();
  private final List<Ignore> ignores = new ArrayList<>();
  private final List<WeightRequest> requests = new ArrayList<>();
  private final List<Tie> ties = new ArrayList<>();

  Clause rule(String ours, TensorSource theirs) {
    rules.add(new Rule(pattern(ours), theirs, Origin.NONE));
    return this;
  }

  Clause rule(String ours, String theirs) {
    return rule(ours, name(theirs));
  }

  Clause ignore(String glob) {
    ignores.add(new Ignore(glob, Origin.NONE));
    return this;
  }

  Clause want(String path, long... shape) {
    return want(path, Elem.F32, shape);
  }

  Clause want(String path, Elem elem, long... shape) {
    var origin = new Origin("std/linear.dune", 4, 11, path);
    requests.add(new WeightRequest(path, LongStream.of(shape).boxed().toList(), elem, origin));
    return this;
  }

  Clause tie(String alias, String of) {
    ties.add(new Tie(alias, of, Origin.NONE));
    return this;
  }

  BindingReport bind(Tensors tensors) {
    return Binder.bind(map(), requests, ties, tensors);
  }

  List<FileTensor> unbind() {
    return Unbinder.unbind(map(), requests);
  }

  private CheckpointMap map() {
    return new CheckpointMap(List.of("Test"), rules, ignores);
  }

  /// Reads `[optional.]`, `{*}` and `{index}`; the rest is text.
  static TensorSource.Name name(String text) {
    var parts =
        java.util.regex.Pattern.compile("\\[(.+?)]|\\{(.+?)}|[^\\[{]+")
            .matcher(text)
            .results()
            .<Part>map(
                part -> {
                  if (part.group(1) != null) return new Part.Perhaps(part.group(1));
                  if (part.group(2) == null) return new Part.Text(part.group());
                  boolean star = part.group(2).equals("*");
                  return star ? new Part.Star() : new Part.Index(part.group(2));
                })
            .toList();
    return new TensorSource.Name(parts);
  }

  static TensorSource split(TensorSource source, long groups, Long... sizes) {
    return new TensorSource.Split(source, List.of(sizes), groups);
  }

  static TensorSource transpose(String name) {
    return new TensorSource.Transpose(name(name));
  }

  /// `*.attn.(q, k).weight[h]`, without spaces after the dots.
  private static Pattern pattern(String text) {
    return new Pattern(Arrays.stream(text.split("\\.(?![^(]*\\))")).map(Clause::step).toList());
  }

  private static Step step(String text) {
    if (text.equals("*")) return new Step.Star();
    if (text.startsWith("(")) {
      return new Step.Group(List.of(text.substring(1, text.length() - 1).split(", ")));
    }
    int bracket = text.indexOf('[');
    if (bracket < 0) return new Step.Name(text);
    return new Step.Indexed(
        text.substring(0, bracket), text.substring(bracket + 1, text.length() - 1));
  }
}
