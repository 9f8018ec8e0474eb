package dune.runtime.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dune.ir.Elem;
import dune.runtime.adapter.LoraRequest;
import dune.runtime.data.DataReader;
import dune.runtime.data.Documents;
import dune.weights.AtomicFile;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Everything that a training depends on. It lies in the folder of the run, as `run.json`, so that
/// the run can go on without being told again.
///
/// @param start the checkpoint to begin with
/// @param data the file or folder to learn from
/// @param validation the file or folder to measure by; empty takes the end of `data`
/// @param share of `data` to learn from, where `validation` is empty
/// @param context tokens of a sequence
/// @param elem what the model computes in
/// @param samples what the model writes while it is trained
/// @param model the `.dune` file; empty takes that of the checkpoint's architecture
/// @param lora the adapters that are trained instead of the model, as {@link LoraRequest} reads
///   them; empty trains the model
/// @param form how data is understood
public record RunSettings(
    String start,
    String data,
    String validation,
    double share,
    int context,
    Elem elem,
    TrainingPlan plan,
    SamplePlan samples,
    String model,
    String lora,
    DataReader.Form form) {
  static final String FILE = "run.json";

  public RunSettings {
    // Runs that an earlier version began do not say.
    if (samples == null) samples = SamplePlan.NONE;
    if (form == null) form = DataReader.Form.DEFAULT;
    if (model == null) model = "";
    if (lora == null) lora = "";
  }

  /// Settings of a run in which nothing is written.
  public RunSettings(
      String start,
      String data,
      String validation,
      double share,
      int context,
      Elem elem,
      TrainingPlan plan) {
    this(
        start,
        data,
        validation,
        share,
        context,
        elem,
        plan,
        SamplePlan.NONE,
        "",
        "",
        DataReader.Form.DEFAULT);
  }

  public RunSettings with(SamplePlan other) {
    return new RunSettings(
        start, data, validation, share, context, elem, plan, other, model, lora, form);
  }

  public RunSettings with(LoraRequest request) {
    return new RunSettings(
        start,
        data,
        validation,
        share,
        context,
        elem,
        plan,
        samples,
        model,
        request.toString(),
        form);
  }

  /// Whether several documents share a sequence.
  boolean isPacked() {
    return form.documents() == Documents.PACKED;
  }

  Optional<LoraRequest> adapters() {
    return lora.isEmpty() ? Optional.empty() : Optional.of(LoraRequest.parse(lora));
  }

  /// @throws InputFailure if the folder is not that of a run
  public static RunSettings read(Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new InputFailure(
          folder, "it has no %s, so no training was begun there".formatted(FILE));
    }
    try {
      return new ObjectMapper().readValue(Files.readAllBytes(file), RunSettings.class);
    } catch (JsonProcessingException e) {
      throw new InputFailure(file, "it is damaged: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw EnvironmentFailure.reading(file, e);
    }
  }

  void write(Path folder) {
    try {
      byte[] text =
          (new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n")
              .getBytes(StandardCharsets.UTF_8);
      AtomicFile.write(folder.resolve(FILE), text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("settings that cannot be written", e);
    }
  }
}
