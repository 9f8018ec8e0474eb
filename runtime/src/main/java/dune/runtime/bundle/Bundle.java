package dune.runtime.bundle;

import dune.backend.torch.TorchBackend;
import dune.backend.torch.emit.Emitted;
import dune.backend.torch.emit.Signature;
import dune.frontend.elaborate.CheckpointText;
import dune.frontend.source.SourceText;
import dune.ir.Elem;
import dune.ir.Program;
import dune.ir.Weight;
import dune.ir.text.Printer;
import dune.runtime.compile.Compiled;
import dune.runtime.library.IrFile;
import dune.runtime.library.ModelFile;
import dune.runtime.model.BoundWeights;
import dune.runtime.model.Facts;
import dune.runtime.model.Loadable;
import dune.runtime.model.ModelLoader;
import dune.runtime.model.TorchModel;
import dune.runtime.release.Release;
import dune.weights.AtomicFolder;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.UsageFailure;
import dune.weights.checkpoint.Checkpoint;
import dune.weights.json.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongConsumer;
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
  /// @param written hears how many bytes of the archive have been written
  public static Bundle write(
      Compiled compiled,
      ModelFile model,
      Checkpoint checkpoint,
      Manifest.Embedding embedding,
      String rebuild,
      Path out,
      LongConsumer written) {
    Path absolute = out.toAbsolutePath().normalize();
    requirePlace(absolute);
    try (BoundWeights weights = BoundWeights.of(compiled, checkpoint)) {
      Emitted emitted =
          switch (embedding) {
            case NONE -> TorchBackend.emit(compiled.program());
            case EMBEDDED -> TorchBackend.emitWithWeights(compiled.program(), weights);
          };
      Manifest manifest =
          manifest(compiled, model, checkpoint, embedding, rebuild, absolute, emitted.signature());
      write(emitted, compiled.program(), manifest, checkpoint, absolute, written);
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
  private static void copySettings(Checkpoint checkpoint, Path folder) throws IOException {
    for (Path file : beside(checkpoint))
      Files.write(folder.resolve(file.getFileName()), Files.readAllBytes(file));
    // Meta's and Mistral's layout has no such file, and another one may have been named.
    Path own = checkpoint.folder().resolve("config.json");
    if (checkpoint.hasConfig() && !checkpoint.config().file().equals(own.toString())) {
      String config = JsonText.write(checkpoint.config().value());
      Files.writeString(folder.resolve("config.json"), config);
    }
  }

  private static List<Path> beside(Checkpoint checkpoint) {
    return Stream.of(
            "config.json",
            "generation_config.json",
            "tokenizer.json",
            "tokenizer.model",
            "dune_tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "chat_template.jinja")
        .flatMap(name -> checkpoint.file(name).stream())
        .toList();
  }

  private static void write(
      Emitted emitted,
      Program program,
      Manifest manifest,
      Checkpoint checkpoint,
      Path out,
      LongConsumer written) {
    AtomicFolder.replace(
        out,
        folder -> {
          emitted.archive().writeTo(folder.resolve(Manifest.ARCHIVE), written);
          Files.writeString(folder.resolve(Manifest.PROGRAM), Printer.print(program));
          if (manifest.weights().embedded() == Manifest.Embedding.EMBEDDED) {
            copySettings(checkpoint, folder);
          }
          Files.writeString(folder.resolve(Manifest.FILE), ManifestText.write(manifest));
        });
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
    texts.addAll(model.imported());
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
        Facts.of(compiled).bytesPerToken(),
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

  /// The program that it runs; empty if an earlier version wrote it.
  ///
  /// @throws InputFailure if it is damaged
  public Optional<Program> program() {
    Path file = folder.resolve(Manifest.PROGRAM);
    return Files.exists(file) ? Optional.of(IrFile.read(file)) : Optional.empty();
  }

  // Running.

  /// The model, with its weights.
  ///
  /// @param given where the weights lie now, if not where they lay
  /// @param request what was asked for, within what the bundle was built for
  /// @throws InputFailure if the bundle was built for something else, or for other weights
  public Loadable open(Optional<Path> given, Request request) {
    request.elem().ifPresent(this::requireElem);
    TorchModel.Limits limits =
        request.context().isPresent() ? limits(request.context().getAsInt()) : manifest.limits();
    if (isEmbedded()) return new BundledModel(this, limits, Optional.empty());
    Checkpoint checkpoint = checkpoint(given);
    if (!Hashes.headers(checkpoint.tensors()).equals(manifest.weights().headers())) {
      throw new InputFailure(
          folder,
          "the weights in %s are not those that it was built for; build it again: %s"
              .formatted(checkpoint.folder(), manifest.rebuild()));
    }
    return new BundledModel(this, limits, Optional.of(checkpoint));
  }

  /// What is asked of a bundle.
  ///
  /// @param elem the float type to compute in
  /// @param context the most tokens of a sequence
  public record Request(Optional<Elem> elem, OptionalInt context) {
    public static final Request NONE = new Request(Optional.empty(), OptionalInt.empty());
  }

  private void requireElem(Elem asked) {
    if (asked == manifest.elem()) return;
    throw new InputFailure(
        folder,
        "it was built to compute in %s, not in %s; build another one: %s --dtype %s"
            .formatted(manifest.elem(), asked, manifest.rebuild(), asked));
  }

  private TorchModel.Limits limits(int context) {
    if (context < 1) {
      throw new UsageFailure(
          "a context of %d tokens holds nothing; --ctx-size must be 1 or more".formatted(context));
    }
    if (context > manifest.limits().context()) {
      throw new InputFailure(
          folder,
          "it was built for a context of %d tokens, not of %d; build another one: %s --ctx-size %d"
              .formatted(manifest.limits().context(), context, manifest.rebuild(), context));
    }
    return manifest.limits().withContext(context);
  }

  /// Where the weights lie: as given, else relative to the bundle, else as they lay when it was
  /// built.
  private Checkpoint checkpoint(Optional<Path> given) {
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
}
