package dune.weights.checkpoint;

import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import dune.weights.Quoted;
import dune.weights.pickle.PickleFile;
import dune.weights.safetensors.SafetensorsFile;
import dune.weights.safetensors.ShardIndex;
import dune.weights.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Which files hold the weights.
sealed interface WeightFiles {

  /// One file, or an index of several.
  record Single(Path file) implements WeightFiles {}

  /// All parts of a checkpoint whose index is absent.
  record Parts(List<Path> files) implements WeightFiles {}

  /// What Meta and Mistral publish: a file for each of the machines that share a model.
  record Ranks(List<Path> files) implements WeightFiles {}

  String SAFETENSORS = ".safetensors";
  List<String> PICKLES = List.of(".bin", ".pth", ".pt", ".ckpt");
  String INDEX = ".index.json";

  String CONSOLIDATED = "consolidated";
  String PARAMS = "params.json";

  /// What lies beside weights: of training, and to verify them.
  Set<String> OTHERS =
      Set.of(
          "training_args.bin",
          "optimizer.bin",
          "optimizer.pt",
          "scheduler.pt",
          "scaler.pt",
          "golden.safetensors");

  Pattern PART = Pattern.compile("(.+)-(\\d{5})-of-(\\d{5})(\\.\\w+)");
  Pattern RANK = Pattern.compile("consolidated\\.\\d+\\.\\w+");

  /// As a user names it.
  static WeightFiles at(Path path) {
    if (Files.isDirectory(path)) return in(path);
    var name = path.getFileName().toString();
    requireWhole(path, name);
    boolean known = name.endsWith(SAFETENSORS) || isPickle(name) || indexed(name).isPresent();
    if (known) return new Single(path);
    throw new InputFailure(
        path,
        "its name is not that of weights; dune reads .safetensors, PyTorch's .bin, .pth, .pt and"
            + " .ckpt, and folders of them");
  }

  private static void requireWhole(Path path, String name) {
    if (!RANK.matcher(name).matches()) return;
    var folder = path.toAbsolutePath().getParent();
    if (names(folder).stream().filter(RANK.asMatchPredicate()).count() > 1) {
      throw new InputFailure(
          path, "it holds a part of each tensor, and others lie beside it; name the folder");
    }
  }

  /// The names that Hugging Face's library looks for, safetensors before pickles and one file
  /// before an index; then the consolidated files that `params.json` belongs to; then whatever is
  /// there.
  private static WeightFiles in(Path folder) {
    var names = names(folder);
    Predicate<String> isSafetensors = name -> name.endsWith(SAFETENSORS);
    return usual(folder, names, "model.safetensors", isSafetensors)
        .or(() -> usual(folder, names, "pytorch_model.bin", WeightFiles::isPickle))
        .or(() -> consolidated(folder, names))
        .or(() -> any(folder, names, isSafetensors))
        .or(() -> any(folder, names, WeightFiles::isPickle))
        .orElseThrow(() -> none(folder, names));
  }

  /// @param single what the file is called if there is one
  private static Optional<WeightFiles> usual(
      Path folder, List<String> names, String single, Predicate<String> isKind) {
    if (names.contains(single)) return Optional.of(new Single(folder.resolve(single)));
    var indices =
        names.stream()
            .filter(name -> !name.startsWith(CONSOLIDATED))
            .filter(name -> indexed(name).filter(isKind).isPresent())
            .toList();
    if (indices.size() > 1) throw several(folder, indices);
    return indices.stream().findFirst().map(index -> new Single(folder.resolve(index)));
  }

  private static Optional<WeightFiles> consolidated(Path folder, List<String> names) {
    if (!names.contains(PARAMS)) return Optional.empty();
    var files = names.stream().filter(name -> name.startsWith(CONSOLIDATED)).toList();
    var index = files.stream().filter(name -> indexed(name).isPresent()).findFirst();
    if (index.isPresent()) return Optional.of(new Single(folder.resolve(index.get())));
    return any(folder, files, name -> name.endsWith(SAFETENSORS))
        .or(() -> any(folder, files, WeightFiles::isPickle));
  }

  /// All files of a kind, if together they are one checkpoint.
  private static Optional<WeightFiles> any(
      Path folder, List<String> names, Predicate<String> isKind) {
    var files = names.stream().filter(isKind).filter(name -> !OTHERS.contains(name)).toList();
    if (files.isEmpty()) return Optional.empty();
    if (files.stream().allMatch(RANK.asMatchPredicate())) {
      return Optional.of(new Ranks(paths(folder, files)));
    }
    if (files.size() == 1 && !PART.matcher(files.getFirst()).matches()) {
      return Optional.of(new Single(folder.resolve(files.getFirst())));
    }
    return Optional.of(parts(folder, files));
  }

  /// `model-00002-of-00003.bin` and so on, all of them.
  private static WeightFiles parts(Path folder, List<String> names) {
    var first = PART.matcher(names.getFirst());
    if (!first.matches()) throw several(folder, names);
    int total = Integer.parseInt(first.group(3));
    var wanted = new ArrayList<String>();
    for (int i = 1; i <= Math.min(total, 99_999); i++) {
      wanted.add("%s-%05d-of-%s%s".formatted(first.group(1), i, first.group(3), first.group(4)));
    }
    if (!wanted.containsAll(names)) throw several(folder, names);
    for (String name : wanted) {
      if (!names.contains(name)) {
        throw new EnvironmentFailure(
            Quoted.path(folder.resolve(name))
                + " is missing, and other parts of the same weights are there; download it too");
      }
    }
    return new Parts(paths(folder, wanted));
  }

  private static List<Path> paths(Path folder, List<String> names) {
    return names.stream().map(folder::resolve).toList();
  }

  /// The tensors as the files name them, for each machine that shares the model; mostly that is
  /// one.
  default List<Tensors> read() {
    return switch (this) {
      case Single(var file) -> List.of(read(file));
      case Parts(var files) -> List.of(Tensors.of(files.stream().map(WeightFiles::read).toList()));
      case Ranks(var files) -> files.stream().map(WeightFiles::read).toList();
    };
  }

  static Tensors read(Path file) {
    var name = file.getFileName().toString();
    if (name.endsWith(SAFETENSORS)) return SafetensorsFile.read(file).tensors();
    return indexed(name)
        .map(
            of ->
                of.endsWith(SAFETENSORS)
                    ? ShardIndex.read(file)
                    : new ShardIndex(file, PICKLES, PickleFile::read).read())
        .orElseGet(() -> PickleFile.read(file));
  }

  /// `model.bin` of `model.bin.index.json`.
  private static Optional<String> indexed(String name) {
    return Optional.of(name)
        .filter(text -> text.endsWith(INDEX))
        .map(text -> text.substring(0, text.length() - INDEX.length()))
        .filter(text -> text.endsWith(SAFETENSORS) || isPickle(text));
  }

  private static boolean isPickle(String name) {
    return PICKLES.stream().anyMatch(name::endsWith)
        && !OTHERS.contains(name)
        && !name.startsWith("rng_state");
  }

  private static List<String> names(Path folder) {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException failure) {
      throw EnvironmentFailure.reading(folder, failure);
    }
  }

  private static InputFailure several(Path folder, List<String> names) {
    return new InputFailure(
        folder,
        "it holds several files of weights; name one of them: "
            + names.stream().limit(5).map(Quoted::plain).collect(Collectors.joining(", "))
            + (names.size() > 5 ? " ..." : ""));
  }

  private static EnvironmentFailure none(Path folder, List<String> names) {
    var advice =
        names.stream()
            .filter(name -> name.matches(".*\\.(gguf|h5|msgpack|onnx)"))
            .findFirst()
            .map(name -> "dune does not read " + Quoted.name(name) + "; ")
            .orElse("");
    return new EnvironmentFailure(
        Quoted.path(folder) + " holds no weights; " + advice + "download model.safetensors there");
  }
}
