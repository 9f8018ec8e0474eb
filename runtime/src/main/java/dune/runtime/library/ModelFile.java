package dune.runtime.library;

import dune.frontend.ast.Definition.BlockDefinition;
import dune.frontend.ast.Identifier;
import dune.frontend.ast.Import;
import dune.frontend.ast.Item;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Sources;
import dune.frontend.parse.Parsing;
import dune.frontend.resolve.Suggest;
import dune.frontend.source.SourceText;
import dune.weights.EnvironmentFailure;
import dune.weights.InputFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// A file with a model, and where its imports are found.
///
/// @param folder where imports other than `std` are looked up
public record ModelFile(SourceText text, Path folder) {

  /// Reads a file of the user; where there is none, a name such as `llama` means the model that
  /// comes with dune.
  ///
  /// @param diagnostics gets a report if the file is no text
  /// @return empty if it is no text
  public static Optional<ModelFile> read(Path file, Diagnostics diagnostics) {
    if (!Files.exists(file)) {
      var shipped = shipped(file.toString());
      if (shipped.isPresent()) return shipped;
    }
    if (!Files.exists(file) && isName(file)) {
      throw new EnvironmentFailure(
          "there is no file `%s`, and no model of this name comes with dune; %s"
              .formatted(
                  file,
                  Suggest.nearest(file.toString(), names())
                      .map(near -> "did you mean `" + near + "`?")
                      .orElse("there are " + String.join(", ", names()))));
    }
    byte[] bytes = Library.bytes(file);
    Path folder = Optional.ofNullable(file.getParent()).orElse(Path.of(""));
    return Parsing.decode(file.toString(), bytes, diagnostics)
        .map(text -> new ModelFile(text, folder));
  }

  private static boolean isName(Path file) {
    return file.getNameCount() == 1 && !file.toString().contains(".");
  }

  /// The models that come with dune.
  public static List<String> names() {
    return Library.models().stream()
        .map(text -> text.name().replaceFirst("^models/", "").replaceFirst("\\.dune$", ""))
        .toList();
  }

  private static Optional<ModelFile> shipped(String name) {
    return Library.models().stream()
        .filter(text -> text.name().equals("models/" + name + ".dune"))
        .map(text -> new ModelFile(text, Path.of("")))
        .findFirst();
  }

  /// The model for an architecture, as `config.json` names it (`LlamaForCausalLM`): a `.dune` file
  /// in `folder`, else one that comes with dune.
  ///
  /// @throws InputFailure if there is none, or more than one
  public static ModelFile forArchitecture(String architecture, Path folder) {
    return find(architecture, folder)
        .orElseThrow(
            () ->
                new InputFailure(
                    "no model is written for the architecture `%s`; put a .dune file for it into"
                            .formatted(architecture)
                        + " the folder, or name one: \"Writing a new architecture\" in"
                        + " docs/language.md shows how"));
  }

  /// The model for an architecture; empty if there is none.
  ///
  /// @throws InputFailure if there is more than one
  public static Optional<ModelFile> find(String architecture, Path folder) {
    var own = matching(architecture, own(folder), folder);
    var found = own.isEmpty() ? matching(architecture, Library.models(), folder) : own;
    if (found.size() > 1) {
      throw new InputFailure(
          "`%s` is claimed by %s; name the model file that you mean"
              .formatted(
                  architecture,
                  found.stream()
                      .map(file -> file.text().name())
                      .collect(Collectors.joining(" and "))));
    }
    return found.stream().findFirst();
  }

  /// The architectures that come with dune.
  public static List<String> architectures() {
    return Library.models().stream().flatMap(text -> names(text).stream()).sorted().toList();
  }

  private static List<ModelFile> matching(
      String architecture, List<SourceText> texts, Path folder) {
    // Most files need not be parsed.
    return texts.stream()
        .filter(text -> text.text().contains(architecture) && names(text).contains(architecture))
        .map(text -> new ModelFile(text, folder))
        .toList();
  }

  private static List<SourceText> own(Path folder) {
    if (!Files.isDirectory(folder)) return List.of();
    try (var files = Files.list(folder)) {
      var texts = new ArrayList<SourceText>();
      for (Path file : files.filter(file -> file.toString().endsWith(".dune")).sorted().toList()) {
        Parsing.decode(file.toString(), Library.bytes(file), new Diagnostics())
            .ifPresent(texts::add);
      }
      return texts;
    } catch (IOException e) {
      throw EnvironmentFailure.reading(folder, e);
    }
  }

  /// The architectures whose checkpoints this file reads.
  public List<String> reads() {
    return names(text);
  }

  /// The architectures that the checkpoint clauses of a file name.
  private static List<String> names(SourceText text) {
    return Parsing.parse(text, new Diagnostics()).definitions().stream()
        .filter(definition -> definition instanceof BlockDefinition)
        .flatMap(definition -> ((BlockDefinition) definition).items().stream())
        .filter(item -> item instanceof Item.Checkpoint)
        .flatMap(item -> ((Item.Checkpoint) item).architectures().stream())
        .flatMap(name -> name.plain().stream())
        .toList();
  }

  /// Where imports are found: `std` comes with dune, everything else lies beside the model.
  public Sources sources() {
    return path -> {
      if (path.getFirst().equals("std")) return standard(path);
      Path file = folder;
      for (String name : path) file = file.resolve(name);
      Path source = file.resolveSibling(file.getFileName() + ".dune");
      if (!Files.isRegularFile(source)) return List.of();
      return List.of(
          Parsing.decode(source.toString(), Library.bytes(source), new Diagnostics())
              .orElseThrow(() -> new InputFailure(source, "it is not UTF-8 text")));
    };
  }

  /// The files that this one imports, and those that they import, in the order of meeting them.
  public List<SourceText> imported() {
    var found = new LinkedHashMap<String, SourceText>();
    imported(text, sources(), found);
    found.remove(text.name());
    return List.copyOf(found.values());
  }

  private static void imported(SourceText text, Sources sources, Map<String, SourceText> found) {
    if (found.putIfAbsent(text.name(), text) != null) return;
    for (Import one : Parsing.parse(text, new Diagnostics()).imports()) {
      var path = one.path().stream().map(Identifier::text).toList();
      for (SourceText next : sources.find(path)) imported(next, sources, found);
    }
  }

  private static List<SourceText> standard(List<String> path) {
    if (path.size() == 1) return Library.standard();
    String name = String.join("/", path) + ".dune";
    return Library.standard().stream().filter(text -> text.name().equals(name)).toList();
  }
}
