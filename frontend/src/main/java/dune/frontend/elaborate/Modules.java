package dune.frontend.elaborate;

import static dune.frontend.diagnostic.ErrorCode.DUPLICATE_NAME;
import static dune.frontend.diagnostic.ErrorCode.NOT_IN_MODULE;
import static dune.frontend.diagnostic.ErrorCode.UNKNOWN_MODULE;

import dune.frontend.ast.Definition;
import dune.frontend.ast.Identifier;
import dune.frontend.ast.Import;
import dune.frontend.ast.Item;
import dune.frontend.ast.Let;
import dune.frontend.ast.Require;
import dune.frontend.ast.SourceFile;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.Diagnostics;
import dune.frontend.parse.Parsing;
import dune.frontend.resolve.Resolver;
import dune.frontend.resolve.Suggest;
import dune.frontend.source.SourceText;
import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;

/// Files and what they import, each with a scope of its definitions. Files may import one another
/// in circles.
final class Modules {
  private final Sources sources;
  private final Diagnostics diagnostics;
  private final Map<String, Loaded> files = new LinkedHashMap<>();
  private final Map<List<String>, List<Loaded>> modules = new LinkedHashMap<>();
  private final Set<SourceText> library = new LinkedHashSet<>();

  /// A parsed file.
  ///
  /// @param scope what its definitions see
  /// @param own its definitions by name
  record Loaded(SourceFile file, Scope scope, Map<String, Definition> own) {}

  Modules(Sources sources, Diagnostics diagnostics) {
    this.sources = sources;
    this.diagnostics = diagnostics;
  }

  private boolean libraryDefines(String name) {
    return module(List.of("std")).stream().anyMatch(file -> file.own().containsKey(name));
  }

  /// Whether the file is part of the library, and is not the one that is checked.
  boolean isLibrary(SourceText text) {
    return library.contains(text);
  }

  /// The names of all members and weights that some block declares, also under a condition.
  Set<String> memberNames() {
    var names = new LinkedHashSet<String>();
    for (Loaded loaded : files.values()) {
      loaded.file().definitions().forEach(definition -> memberNames(definition, names));
    }
    return names;
  }

  private static void memberNames(Item item, Set<String> names) {
    switch (item) {
      case Item.Member(var name, _, _) -> names.add(name.text());
      case Item.WeightDeclaration weight -> names.add(weight.name().text());
      case Item.IfItem(_, var then, var otherwise, _) -> {
        then.forEach(inner -> memberNames(inner, names));
        otherwise.forEach(inner -> memberNames(inner, names));
      }
      case Definition.BlockDefinition block ->
          block.items().forEach(inner -> memberNames(inner, names));
      case Definition.FunctionDefinition _,
          Definition.MaskDefinition _,
          Let _,
          Require _,
          Item.Tie _,
          Item.Forward _,
          Item.Init _,
          Item.Checkpoint _,
          Item.ErrorItem _ -> {
        // Declare no members.
      }
    }
  }

  Loaded load(SourceText text) {
    Loaded known = files.get(text.name());
    if (known != null) return known;
    Loaded loaded = open(text);
    link(loaded);
    return loaded;
  }

  /// Trees of files without any problem, by the text that they were parsed from. The library is
  /// parsed once, however many files import it.
  private static final Map<SourceText, SoftReference<SourceFile>> PARSED =
      Collections.synchronizedMap(new WeakHashMap<>());

  private SourceFile parse(SourceText text) {
    SoftReference<SourceFile> reference = PARSED.get(text);
    SourceFile known = reference == null ? null : reference.get();
    if (known != null) return known;
    var found = new Diagnostics();
    SourceFile file = Parsing.parse(text, found);
    diagnostics.reportAll(found);
    if (found.isEmpty()) PARSED.put(text, new SoftReference<>(file));
    return file;
  }

  /// Declares what a file defines, and leaves its imports for later.
  private Loaded open(SourceText text) {
    Loaded known = files.get(text.name());
    if (known != null) return known;
    SourceFile file = parse(text);
    Scope scope = Scope.root(Frame.root());
    var own = new LinkedHashMap<String, Definition>();
    var loaded = new Loaded(file, scope, own);
    files.put(text.name(), loaded);
    for (Definition definition : file.definitions()) {
      String name = definition.name().text();
      Definition before = own.putIfAbsent(name, definition);
      if (before != null) {
        diagnostics.report(
            Diagnostic.of(
                    DUPLICATE_NAME, definition.name().span(), "`" + name + "` is defined twice")
                .also(before.name().span(), "first defined here"));
        continue;
      }
      scope.declare(name, Instances.datum(definition, scope), definition.name().span());
    }
    return loaded;
  }

  private void link(Loaded loaded) {
    for (Import one : loaded.file().imports()) link(one, loaded);
    Resolver.resolve(loaded.file(), this::libraryDefines, diagnostics);
  }

  private void link(Import one, Loaded into) {
    var path = one.path().stream().map(Identifier::text).toList();
    String text = String.join(".", path);
    // An import that could not be parsed may have no path; that was reported.
    List<Loaded> module = path.isEmpty() ? List.of() : module(path);
    if (module.isEmpty() && !path.isEmpty()) {
      var span = one.path().getFirst().span().to(one.path().getLast().span());
      diagnostics.report(
          Diagnostic.of(UNKNOWN_MODULE, span, "there is no module `" + text + "`")
              .help(
                  "`std` is the library; another name is a file beside this one: `"
                      + text
                      + ".dune`"));
    }
    for (Identifier name : one.names()) {
      Optional<Binding> found = Optional.empty();
      for (Loaded file : module) {
        if (file.own().containsKey(name.text())) found = file.scope().findOwn(name.text());
      }
      if (into.own().containsKey(name.text())) {
        diagnostics.report(
            Diagnostic.of(
                    DUPLICATE_NAME,
                    name.span(),
                    "`" + name + "` is imported, and defined in this file")
                .also(into.own().get(name.text()).name().span(), "defined here"));
        continue;
      }
      if (found.isEmpty() && !module.isEmpty()) unknown(name, text, module);
      into.scope()
          .declare(name.text(), found.map(Binding::value).orElse(Datum.POISON), name.span());
    }
  }

  private void unknown(Identifier name, String module, List<Loaded> files) {
    var names = new ArrayList<String>();
    for (Loaded file : files) names.addAll(file.own().keySet());
    var diagnostic =
        Diagnostic.of(NOT_IN_MODULE, name.span(), "`" + module + "` defines no `" + name + "`");
    Optional<String> near = Suggest.nearest(name.text(), names);
    diagnostics.report(
        near.isPresent() ? diagnostic.help("did you mean `" + near.get() + "`?") : diagnostic);
  }

  private List<Loaded> module(List<String> path) {
    List<Loaded> known = modules.get(path);
    if (known != null) return known;
    var loaded = new ArrayList<Loaded>();
    modules.put(path, loaded);
    // Definitions of all files come first, so that files of one module may import one another.
    var fresh = new ArrayList<Loaded>();
    for (SourceText text : sources.find(path)) {
      if (!files.containsKey(text.name())) {
        fresh.add(open(text));
        if (path.getFirst().equals("std")) library.add(text);
      }
      loaded.add(files.get(text.name()));
    }
    fresh.forEach(this::link);
    return loaded;
  }
}
