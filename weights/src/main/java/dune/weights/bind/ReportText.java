package dune.weights.bind;

import dune.ir.Origin;
import dune.ir.checkpoint.WeightRequest;
import dune.weights.Quoted;
import dune.weights.tensor.TensorInfo;
import java.util.List;
import java.util.stream.Collectors;

/// A report as lines for people: what came out, the weight or tensor, what is the matter, and the
/// line of the model that asks.
public final class ReportText {
  private ReportText() {}

  /// One line for each finding; ends without a line break.
  public static String lines(BindingReport report) {
    return report.findings().stream().map(ReportText::line).collect(Collectors.joining("\n"));
  }

  /// `723 tensors ok, 2 missing, 1 extra`
  public static String summary(BindingReport report) {
    var counts =
        report.findings().stream()
            .collect(
                Collectors.groupingBy(
                    ReportText::status, java.util.TreeMap::new, Collectors.counting()));
    if (counts.isEmpty()) return "no tensors";
    return counts.entrySet().stream()
        .map(entry -> entry.getValue() + " " + entry.getKey())
        .collect(Collectors.joining(", "));
  }

  public static String status(Finding finding) {
    return switch (finding) {
      case Finding.Ok _ -> "ok";
      case Finding.Tied _ -> "tied";
      case Finding.Ignored _ -> "ignored";
      case Finding.Extra _ -> "extra";
      case Finding.Unmapped _, Finding.Missing _ -> "missing";
      case Finding.WrongShape _ -> "wrong shape";
      case Finding.Transposed _ -> "transposed";
      case Finding.WrongType _ -> "wrong type";
    };
  }

  public static String line(Finding finding) {
    return String.format("%-12s", status(finding)) + text(finding);
  }

  private static String text(Finding finding) {
    return switch (finding) {
      case Finding.Ok(var binding) -> ok(binding);
      case Finding.Tied(var tie, var alias, var kind) ->
          switch (kind) {
            case COPY ->
                tie.alias() + ": tied to " + tie.of() + ", and " + quoted(alias) + " is there too";
            case INSTEAD ->
                tie.of() + ": tied to " + tie.alias() + ", and taken from " + quoted(alias);
          };
      case Finding.Ignored(var tensor) -> quoted(tensor);
      case Finding.Extra(var tensor, var wanted) ->
          quoted(tensor)
              + " "
              + type(tensor)
              + ": no weight asks for it"
              + wanted.map(weight -> "; perhaps it is " + weight.path()).orElse("");
      case Finding.Unmapped(var request) ->
          wanted(request) + ": no rule of the checkpoint clause is for it" + asked(request);
      case Finding.Missing(var request, var expected, var suggestion) ->
          wanted(request)
              + ": the file has no "
              + names(expected)
              + asked(request)
              + suggestion.map(name -> "; did you mean " + Quoted.name(name) + "?").orElse("");
      case Finding.WrongShape(var request, var tensor, var expected) ->
          wanted(request)
              + ": "
              + quoted(tensor)
              + " is "
              + tensor.shape()
              + ", and should be "
              + expected
              + asked(request);
      case Finding.Transposed(var request, var tensor) ->
          wanted(request)
              + ": "
              + quoted(tensor)
              + " is "
              + tensor.shape()
              + asked(request)
              + "; write `transpose(...)` around it, or take it away";
      case Finding.WrongType(var request, var tensor) ->
          wanted(request)
              + ": "
              + quoted(tensor)
              + " is "
              + tensor.type()
              + ", which is not converted"
              + asked(request);
    };
  }

  private static String ok(Binding binding) {
    return wanted(binding.request()) + " = " + Quoted.plain(binding.recipe().text());
  }

  private static String wanted(WeightRequest request) {
    return request.path() + " " + request.elem() + request.shape();
  }

  private static String asked(WeightRequest request) {
    Origin origin = request.origin();
    return origin.place().isEmpty() ? "" : " (asked for at " + origin.place() + ")";
  }

  private static String names(List<String> names) {
    var first = Quoted.name(names.getFirst());
    return names.size() == 1 ? first : first + " and " + (names.size() - 1) + " more";
  }

  private static String quoted(TensorInfo tensor) {
    return Quoted.name(tensor.name());
  }

  private static String quoted(Recipe recipe) {
    return "`" + Quoted.plain(recipe.text()) + "`";
  }

  private static String type(TensorInfo tensor) {
    return tensor.type().name() + tensor.shape();
  }
}
