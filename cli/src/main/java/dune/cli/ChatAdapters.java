package dune.cli;

import dune.runtime.adapter.Adaptation;
import dune.runtime.model.TorchModel;
import dune.weights.InputFailure;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The adapters of a conversation, of which others can count from one message to the next.
final class ChatAdapters {
  private final TorchModel model;
  private Adaptation adaptation;

  ChatAdapters(TorchModel model, Adaptation adaptation) {
    this.model = model;
    this.adaptation = adaptation;
  }

  /// Which there are, and how much each counts.
  String text() {
    List<Adaptation.Choice> choices = adaptation.choices();
    if (choices.isEmpty()) return "there are no adapters; --adapter adds one";
    return IntStream.range(0, choices.size())
        .mapToObj(i -> "%d %s=%s".formatted(i + 1, name(i), number(choices.get(i).weight())))
        .collect(Collectors.joining(", "));
  }

  private static String number(double weight) {
    return weight == (long) weight
        ? Long.toString((long) weight)
        : String.format(Locale.ROOT, "%s", weight);
  }

  private String name(int index) {
    Path folder = adaptation.choices().get(index).adapter().folder();
    return folder.toAbsolutePath().normalize().getFileName().toString();
  }

  /// Lets only those adapters count that are named.
  ///
  /// @param names numbers or names, each perhaps with `=W`; `none` for the base alone
  /// @throws InputFailure if there is none of a name
  void select(String names) {
    var weights = new double[adaptation.choices().size()];
    if (!names.equals("none")) {
      for (String name : names.split("\\s+")) {
        int at = name.lastIndexOf('=');
        String which = at < 0 ? name : name.substring(0, at);
        weights[index(which)] = at < 0 ? 1 : weight(name.substring(at + 1));
      }
    }
    Adaptation other = adaptation.with(weights);
    model.adapt(other);
    adaptation = other;
  }

  private int index(String which) {
    List<Integer> found =
        IntStream.range(0, adaptation.choices().size())
            .filter(i -> which.equals(Integer.toString(i + 1)) || which.equals(name(i)))
            .boxed()
            .toList();
    if (found.size() == 1) return found.getFirst();
    throw new InputFailure(
        found.isEmpty()
            ? "no adapter is called %s; %s".formatted(which, text())
            : "several adapters are called %s; name one by its number: %s"
                .formatted(which, text()));
  }

  private static double weight(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException _) {
      throw new InputFailure("`" + text + "` is no number");
    }
  }
}
