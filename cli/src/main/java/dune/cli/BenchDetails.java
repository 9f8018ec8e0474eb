package dune.cli;

import dune.backend.torch.run.Device;
import dune.runtime.bench.Contenders;
import dune.runtime.bench.Plan;
import dune.runtime.library.ModelFile;
import dune.runtime.profile.Allocations;
import dune.runtime.profile.AllocationsText;
import dune.runtime.profile.Moment;
import dune.runtime.profile.ProfileText;
import dune.runtime.profile.Profiler;
import dune.weights.UsageFailure;
import picocli.CommandLine.Option;

/// What `dunec bench` tells of one step: the last token of the longest text, or where there are no
/// texts, the first chunk of the longest prompt.
final class BenchDetails {
  @Option(
      names = "--profile",
      description =
          "Print the .dune file with what each line costs, in one step of the longest text, or with"
              + " -n 0 of the longest prompt.")
  private boolean profile;

  @Option(
      names = "--allocations",
      description = "List every tensor that this step allocates, with its size and line.")
  private boolean allocations;

  boolean isWanted() {
    return profile || allocations;
  }

  /// Of several levels, the last is looked at.
  ///
  /// @return empty if nothing is asked for
  String text(Contenders contenders, BenchModel model, Plan plan) {
    if (!isWanted()) return "";
    if (contenders.any().device() != Device.CPU) {
      throw new UsageFailure("--profile and --allocations look at the processor; add --device cpu");
    }
    Contenders.Origin origin = contenders.last().orElseThrow();
    Moment moment = moment(plan, contenders.any().limits().chunk());
    var text = new StringBuilder();
    if (profile) {
      ModelFile file = model.file().orElseThrow();
      var found = Profiler.run(origin.compiled(), origin.weights(), moment, plan.repetitions());
      text.append('\n').append(ProfileText.of(found, file.text(), file.imported()));
    }
    if (allocations) {
      var found = Allocations.of(origin.compiled(), origin.weights(), moment);
      text.append('\n').append(AllocationsText.of(found));
    }
    return text.toString();
  }

  private static Moment moment(Plan plan, int chunk) {
    return plan.texts().stream()
        .max(Integer::compare)
        .map(Moment::ofText)
        .orElseGet(
            () ->
                Moment.ofPrompt(
                    plan.prompts().stream().max(Integer::compare).orElseThrow(), chunk));
  }
}
