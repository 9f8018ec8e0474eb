package dune.runtime.bundle;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.TorchProgram;
import dune.backend.torch.emit.Emitted;
import dune.backend.torch.emit.Signature;
import dune.backend.torch.run.DeviceRequest;
import dune.frontend.elaborate.CheckpointText;
import dune.frontend.source.SourceText;
import dune.ir.Origin;
import dune.ir.Weight;
import dune.ir.checkpoint.CheckpointMap;
import dune.ir.checkpoint.Tie;
import dune.ir.checkpoint.WeightRequest;
import dune.runtime.compile.Compiled;
import dune.runtime.library.Library;
import dune.runtime.library.ModelFile;
import dune.runtime.model.BoundWeights;
import dune.runtime.model.ModelLoader;
import dune.runtime.model.TorchModel;
import dune.runtime.release.Release;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/// A bundle on disk.
public final class Bundle {
  private final Path folder;
  private final Manifest manifest;

  private Bundle(Path folder, Manifest manifest) {
    this.folder = folder;
    this.manifest = manifest;
  }

  public Path folder() {
    return folder;
  }

  public Manifest manifest() {
    return manifest;
  }

  /// Whether a path is meant as a bundle, and not as a model file.
  public static boolean isBundle(Path path) {
    return Files.isDirectory(path) && Files.exists(path.resolve(Manifest.FILE));
  }

  /// @throws InputFailure if it is damaged, or of another format
  public static Bundle open(Path folder) {
    Path file = folder.resolve(Manifest.FILE);
    try {
      return new Bundle(folder, ManifestText.read(Files.readString(file), file));
    } catch (IOException e) {
      throw EnvironmentFailure.reading(file, e);
    }
  }

  // Building.

  /// Writes a bundle: all of it, or nothing.
  ///
  /// @param rebuild the command that makes it again
  /// @param out the folder; a bundle that lies there is replaced
  public static Bundle write(
      Compiled compiled,
      ModelFile model,
      Checkpoint checkpoint,
      Manifest.Embedding embedding,
      String rebuild,
      Path out) {
    Path absolute = out.toAbsolutePath().normalize();
    requirePlace(absolute);
    try (BoundWeights weights =
        BoundWeights.bind(
            compiled.checkpoint(),
            BoundWeights.requests(compiled.program().weights()),
            BoundWeights.ties(compiled.program().weights()),
            checkpoint)) {
      Emitted emitted =
          switch (embedding) {
            case NONE -> TorchBackend.emit(compiled.program());
            case EMBEDDED ->
                TorchBackend.emitWithWeights(
                    compiled.program(), weight -> weights.get(weight.path()));
          };
      Manifest manifest =
          manifest(compiled, model, checkpoint, embedding, rebuild, absolute, emitted.signature());
      write(emitted, manifest, beside(checkpoint, embedding), absolute);
      return new Bundle(out, manifest);
    }
  }

  private static void requirePlace(Path out) {
    if (!Files.exists(out) || isBundle(out)) return;
    throw new EnvironmentFailure(
        "cannot write the bundle to %s: something else is there; choose another place"
            .formatted(out));
  }

  /// What a bundle with weights takes along, so that it needs nothing else to generate text.
  private static List<Path> beside(Checkpoint checkpoint, Manifest.Embedding embedding) {
    if (embedding == Manifest.Embedding.NONE) return List.of();
    return Stream.of(
            "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json")
        .flatMap(name -> checkpoint.file(name).stream())
        .toList();
  }

  private static void write(Emitted emitted, Manifest manifest, List<Path> beside, Path out) {
    Path name = out.getFileName();
    String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
    Path temporary = out.resolveSibling("." + name + "." + random + ".tmp");
    try {
      Files.createDirectory(temporary);
      emitted.archive().writeTo(temporary.resolve(Manifest.ARCHIVE));
      for (Path file : beside) Files.copy(file, temporary.resolve(file.getFileName()));
      Files.writeString(temporary.resolve(Manifest.FILE), ManifestText.write(manifest));
      Path old = out.resolveSibling("." + name + "." + random + ".old");
      if (Files.exists(out)) Files.move(out, old, StandardCopyOption.ATOMIC_MOVE);
      Files.move(temporary, out, StandardCopyOption.ATOMIC_MOVE);
      delete(old);
    } catch (IOException e) {
      throw EnvironmentFailure.writing(out, e);
    } finally {
      delete(temporary);
    }
  }

  private static void delete(Path folder) {
    if (!Files.exists(folder)) return;
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(file);
    } catch (IOException e) {
      // What is left is hidden and named as temporary; the failure before this one matters more.
    }
  }

  private static Manifest manifest(
      Compiled compiled,
      ModelFile model,
      Checkpoint checkpoint,
      Manifest.Embedding embedding,
      String rebuild,
      Path out,
      Signature signature) {
    var texts = new ArrayList<SourceText>();
    texts.add(model.text());
    texts.addAll(Library.standard());
    var ties = new LinkedHashMap<String, String>();
    for (Weight weight : compiled.program().weights()) {
      weight.tiedTo().ifPresent(original -> ties.put(weight.path(), original));
    }
    Path weights = checkpoint.folder().toAbsolutePath().normalize();
    return new Manifest(
        Release.version(),
        compiled.program().name(),
        new Manifest.Source(model.text().name(), Hashes.sources(texts)),
        rebuild,
        compiled.parameters(),
        compiled.elem(),
        ModelLoader.limits(compiled),
        compiled.reasons().stream().map(Object::toString).toList(),
        CheckpointText.write(compiled.checkpoint()),
        new Manifest.WeightFiles(
            relative(out, weights), weights, Hashes.headers(checkpoint.tensors()), embedding, ties),
        signature);
  }

  private static Optional<Path> relative(Path from, Path to) {
    try {
      return Optional.of(from.relativize(to));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  // Running.

  /// Where the weights lie: as given, else relative to the bundle, else as they lay when it was
  /// built.
  public Checkpoint checkpoint(Optional<Path> given) {
    if (given.isPresent()) return Checkpoint.open(given.get());
    Optional<Path> beside =
        manifest.weights().relative().map(path -> folder.resolve(path).normalize());
    if (beside.isPresent() && Files.exists(beside.get())) return Checkpoint.open(beside.get());
    if (Files.exists(manifest.weights().absolute()))
      return Checkpoint.open(manifest.weights().absolute());
    throw new EnvironmentFailure(
        "the weights of %s lay in %s and are not there any more; say where they are with --weights"
            .formatted(folder, manifest.weights().absolute()));
  }

  public boolean isEmbedded() {
    return manifest.weights().embedded() == Manifest.Embedding.EMBEDDED;
  }

  /// Loads the archive, which holds the weights.
  public TorchModel load(DeviceRequest device, TorchModel.Mode wanted) {
    Signature own = manifest.signature();
    var bare = new Signature(List.of(), own.states(), own.methods());
    TorchProgram program =
        TorchBackend.load(
            folder.resolve(Manifest.ARCHIVE),
            bare,
            slot -> {
              throw new IllegalStateException(slot + " is in the archive");
            },
            device);
    return new TorchModel(program, own, () -> {}, manifest.limits(), mode(wanted));
  }

  /// Loads the archive and binds the weights.
  ///
  /// @throws InputFailure if the weights are not those that the bundle was built for
  public TorchModel load(Checkpoint checkpoint, DeviceRequest device, TorchModel.Mode wanted) {
    if (!Hashes.headers(checkpoint.tensors()).equals(manifest.weights().headers())) {
      throw new InputFailure(
          folder,
          "the weights in %s are not those that it was built for; build it again: %s"
              .formatted(checkpoint.folder(), manifest.rebuild()));
    }
    BoundWeights weights = bind(checkpoint);
    try {
      TorchProgram program =
          TorchBackend.load(
              folder.resolve(Manifest.ARCHIVE), manifest.signature(), weights, device);
      return new TorchModel(
          program, manifest.signature(), weights::close, manifest.limits(), mode(wanted));
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  private TorchModel.Mode mode(TorchModel.Mode wanted) {
    return manifest.reasons().isEmpty() ? wanted : TorchModel.Mode.RECOMPUTED;
  }

  private BoundWeights bind(Checkpoint checkpoint) {
    CheckpointMap map =
        CheckpointText.read(manifest.checkpoint())
            .orElseThrow(
                () ->
                    new InputFailure(
                        folder.resolve(Manifest.FILE),
                        "its checkpoint clause cannot be read; build it again: "
                            + manifest.rebuild()));
    List<WeightRequest> requests =
        manifest.signature().weights().stream()
            .map(slot -> new WeightRequest(slot.path(), slot.shape(), slot.elem(), Origin.NONE))
            .toList();
    List<Tie> ties =
        manifest.weights().ties().entrySet().stream()
            .map(tie -> new Tie(tie.getKey(), tie.getValue(), Origin.NONE))
            .toList();
    return BoundWeights.bind(map, requests, ties, checkpoint);
  }
}
