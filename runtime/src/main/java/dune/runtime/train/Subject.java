package dune.runtime.train;

import dune.ir.Program;
import dune.passes.lora.Adapter;
import dune.runtime.adapter.LoraRequest;
import dune.runtime.adapter.PeftFolder;
import dune.runtime.adapter.PeftWriter;
import dune.runtime.compile.Compiled;
import dune.runtime.library.ModelFile;
import dune.weights.AtomicFolder;
import dune.weights.InputFailure;
import dune.weights.bind.Binder;
import dune.weights.bind.FileTensor;
import dune.weights.bind.Unbinder;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.convert.Companions;
import dune.weights.safetensors.SafetensorsWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What is trained.
///
/// @param written as its author wrote it
/// @param adapters that learn in its place; if there are none, all of it learns
record Subject(
    ModelFile model,
    Checkpoint checkpoint,
    Compiled compiled,
    Program written,
    List<Adapter> adapters) {
  /// The tensors that a file of the model has by custom; none where the clause cannot be read
  /// backwards.
  private List<FileTensor> usual() {
    try {
      return Unbinder.unbind(compiled.checkpoint(), written);
    } catch (InputFailure _) {
      return List.of();
    }
  }

  /// Writes what was learned.
  AtomicFolder.Content content(RunFolder folder, RunSettings settings, Trainee trainee) {
    if (adapters.isEmpty()) {
      return inside -> {
        // Of the last checkpoint, since older ones go.
        Path now = folder.last().orElse(checkpoint.folder());
        new Companions(Checkpoint.open(now), Optional.of(settings.elem())).copyTo(inside);
        Path own = Path.of(settings.model());
        if (Files.isRegularFile(own)) {
          Files.write(inside.resolve(own.getFileName()), Files.readAllBytes(own));
        }
        var weights = new TrainedTensors(trainee.weights());
        SafetensorsWriter.write(
            inside.resolve("model.safetensors"),
            SafetensorsWriter.PYTORCH,
            Unbinder.unbind(compiled.checkpoint(), compiled.program()).stream()
                .map(weights::of)
                .toList());
      };
    }
    LoraRequest request = settings.adapters().orElseThrow();
    var writer =
        new PeftWriter(
            adapters,
            Binder.bind(compiled.checkpoint(), written, checkpoint.tensors()).bindings(),
            usual());
    var description =
        new PeftFolder.Description(settings.start(), request.scaling(), request.dropout());
    return inside -> writer.write(inside, trainee.weights(), description);
  }
}
