package dune.frontend.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.elaborate.Checker;
import dune.frontend.elaborate.Elaborator;
import dune.frontend.elaborate.Settings;
import dune.frontend.elaborate.Sources;
import dune.frontend.parse.Parsing;
import dune.frontend.source.SourceText;
import dune.ir.Elem;
import dune.ir.checkpoint.Config;
import dune.ir.checkpoint.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// The way from a file to its diagnostics.
public final class Checking {
  private static final Path ROOT = Path.of(System.getProperty("dune.root", ".."));
  private static final Path SHIPPED = ROOT.resolve("models-dsl/src/main/resources/dune");
  private static final List<SourceText> LIBRARY = shipped("std");

  /// The library, and nothing else.
  public static final Sources SOURCES = path -> path.equals(List.of("std")) ? LIBRARY : List.of();

  private Checking() {}

  /// Checks a file by itself, as `dunec check` does.
  public static Diagnostics check(String name, byte[] bytes) {
    var diagnostics = new Diagnostics();
    Parsing.decode(name, bytes, diagnostics)
        .ifPresent(source -> diagnostics.reportAll(Checker.check(source, SOURCES)));
    return diagnostics;
  }

  /// Elaborates the model of a file, with its defaults.
  public static Diagnostics elaborate(String name, byte[] bytes) {
    return elaborate(name, bytes, Settings.defaults(Elem.BF16));
  }

  /// Elaborates the model of a file for the weights that this `config.json` describes.
  public static Diagnostics elaborate(String name, byte[] bytes, String config) {
    return elaborate(name, bytes, Settings.of(Config.of("config.json", json(config)), Elem.BF16));
  }

  private static Diagnostics elaborate(String name, byte[] bytes, Settings settings) {
    var diagnostics = new Diagnostics();
    Parsing.decode(name, bytes, diagnostics)
        .ifPresent(
            source ->
                diagnostics.reportAll(
                    Elaborator.elaborate(source, SOURCES, settings).diagnostics()));
    return diagnostics;
  }

  /// The files of a folder of `models-dsl`.
  public static List<SourceText> shipped(String folder) {
    try (var files = Files.list(SHIPPED.resolve(folder))) {
      var texts = new ArrayList<SourceText>();
      for (Path file : files.sorted().toList()) {
        texts.add(SourceText.of(folder + "/" + file.getFileName(), Files.readString(file)));
      }
      return texts;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Json json(String text) {
    try {
      return json(new ObjectMapper().readTree(text));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Json json(JsonNode node) {
    var none = Json.Place.NONE;
    return switch (node.getNodeType()) {
      case BOOLEAN -> new Json.Bool(node.booleanValue(), none);
      case STRING -> new Json.Text(node.textValue(), none);
      case NUMBER ->
          node.isIntegralNumber()
              ? new Json.Whole(node.longValue(), none)
              : new Json.Real(node.doubleValue(), none);
      case ARRAY -> {
        var values = new ArrayList<Json>();
        node.forEach(value -> values.add(json(value)));
        yield new Json.Items(values, none);
      }
      case OBJECT -> {
        var values = new LinkedHashMap<String, Json>();
        node.properties().forEach(field -> values.put(field.getKey(), json(field.getValue())));
        yield new Json.Fields(values, none);
      }
      default -> new Json.Null(none);
    };
  }
}
