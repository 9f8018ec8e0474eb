package dune.cli;

import dune.runtime.adapter.Adaptation;
import dune.runtime.adapter.PeftFolder;
import dune.weights.UsageFailure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/// Which adapters are added to a base, and how much of each.
final class AdapterOption {
  private static final Pattern WEIGHTED = Pattern.compile("(.+)=([-+.0-9eE]+)");

  @Option(
      names = "--adapter",
      paramLabel = "DIR[=W]",
      description =
          "Add the low-rank adapter in this folder, in PEFT's layout, W times (default 1); may be"
              + " given several times.")
  private List<String> adapters = new ArrayList<>();

  /// In the order in which they were given.
  List<Adaptation.Choice> choices() {
    return adapters.stream().map(AdapterOption::choice).toList();
  }

  private static Adaptation.Choice choice(String text) {
    var weighted = WEIGHTED.matcher(text);
    if (!weighted.matches()) return new Adaptation.Choice(PeftFolder.read(Path.of(text)), 1);
    double weight;
    try {
      weight = Double.parseDouble(weighted.group(2));
    } catch (NumberFormatException _) {
      throw new UsageFailure("--adapter %s: `%s` is no number".formatted(text, weighted.group(2)));
    }
    return new Adaptation.Choice(PeftFolder.read(Path.of(weighted.group(1))), weight);
  }
}
