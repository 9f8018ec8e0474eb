package dune.frontend.parse;

import dune.frontend.ast.Definition;
import dune.frontend.ast.Definition.BlockDefinition;
import dune.frontend.ast.Identifier;
import dune.frontend.ast.Import;
import dune.frontend.ast.Item;
import dune.frontend.ast.Parameter;
import dune.frontend.ast.Path;
import dune.frontend.ast.Shape;
import dune.frontend.ast.SourceFile;
import dune.frontend.ast.TypeSyntax;
import dune.frontend.ast.VersionLine;
import dune.frontend.diagnostic.Diagnostic;
import dune.frontend.diagnostic.ErrorCode;
import dune.grammar.DuneLexer;
import dune.grammar.DuneParser;
import dune.grammar.DuneParser.DefinitionContext;
import dune.grammar.DuneParser.FileContext;
import dune.grammar.DuneParser.IfItemsContext;
import dune.grammar.DuneParser.ImportDeclContext;
import dune.grammar.DuneParser.ItemContext;
import dune.grammar.DuneParser.ParametersContext;
import dune.grammar.DuneParser.ResultContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.antlr.v4.runtime.Token;

/// Makes a file, its definitions and their items of the parse tree.
final class FileBuilder {
  private final Places places;
  private final Documents documents;
  private final ExpressionBuilder expressions;
  private final TypeBuilder types;
  private final BodyBuilder bodies;
  private final CheckpointBuilder checkpoints;

  FileBuilder(Places places, Documents documents, ExpressionBuilder expressions) {
    this.places = places;
    this.documents = documents;
    this.expressions = expressions;
    this.types = expressions.types();
    this.bodies = expressions.bodies();
    this.checkpoints = new CheckpointBuilder(places, expressions);
  }

  SourceFile file(FileContext context) {
    var version =
        Optional.ofNullable(context.version())
            .filter(line -> line.exception == null)
            .flatMap(this::version);
    var imports = context.importDecl().stream().map(this::importDecl).toList();
    context.importDecl().forEach(declaration -> late(declaration, context));
    var definitions =
        context.definition().stream()
            .flatMap(definition -> definition(definition).stream())
            .toList();
    return new SourceFile(
        version, documents.ofFile(context), imports, definitions, places.source().span());
  }

  private Optional<VersionLine> version(DuneParser.VersionContext context) {
    var span = places.span(context);
    String number = context.INTEGER().getText();
    if (!number.equals("1")) {
      places.report(
          Diagnostic.of(
                  ErrorCode.UNKNOWN_VERSION,
                  span,
                  "this compiler knows version 1 of the language, not " + Wording.shortened(number))
              .help("write `dune 1`, or use a newer compiler"));
      return Optional.empty();
    }
    return Optional.of(new VersionLine(1, span));
  }

  /// Of an import that could not be parsed the names are kept, so that uses of them are not
  /// reported.
  private Import importDecl(ImportDeclContext context) {
    if (context.exception == null) {
      int pathLength = context.DOT().size();
      var names = places.identifiers(context.name());
      return new Import(
          names.subList(0, pathLength),
          names.subList(pathLength, names.size()),
          places.span(context));
    }
    var path = new ArrayList<Identifier>();
    var names = new ArrayList<Identifier>();
    boolean inside = false;
    for (int i = context.getStart().getTokenIndex(); i < places.tokens().size(); i++) {
      var token = places.tokens().get(i);
      inside |= token.getType() == DuneLexer.LBRACE;
      if (token.getType() == DuneLexer.RBRACE
          || !inside && i > context.getStart().getTokenIndex() && token.firstOnLine()) {
        break;
      }
      if (token.getType() == DuneLexer.ID) {
        (inside ? names : path).add(new Identifier(token.getText(), places.span(token)));
      }
    }
    return new Import(path, names, places.span(context));
  }

  private void late(ImportDeclContext declaration, FileContext file) {
    boolean late =
        file.definition().stream()
            .anyMatch(
                definition ->
                    definition.getStart().getTokenIndex() < declaration.getStart().getTokenIndex());
    if (late) {
      places.report(
          Diagnostic.of(
                  ErrorCode.UNEXPECTED_TOKEN,
                  places.span(declaration.getStart()),
                  "imports stand before the first definition")
              .help("move this line to the top of the file"));
    }
  }

  // Definitions

  /// Nothing where not even a name could be parsed.
  private Optional<Definition> definition(DefinitionContext context) {
    return context.exception == null ? Optional.of(complete(context)) : Optional.empty();
  }

  private Definition complete(DefinitionContext context) {
    var documentation = documents.before(context.getStart());
    if (context.blockDef() != null) {
      var block = context.blockDef();
      var kind = block.MODEL() != null ? BlockDefinition.Kind.MODEL : BlockDefinition.Kind.BLOCK;
      return new BlockDefinition(
          documentation,
          kind,
          places.identifier(block.name()),
          types.parameters(block.parameters()),
          items(block.items()),
          places.span(block));
    }
    if (context.fnDef() != null) {
      var function = context.fnDef();
      return new Definition.FunctionDefinition(
          documentation,
          places.identifier(function.name()),
          types.parameters(function.parameters()),
          result(function.result(), function.parameters()),
          bodies.body(function.body()),
          places.span(function));
    }
    var mask = context.maskDef();
    List<Parameter> parameters =
        mask.parameters() == null ? List.of() : types.parameters(mask.parameters());
    return new Definition.MaskDefinition(
        documentation,
        places.identifier(mask.name()),
        parameters,
        expressions.expression(mask.expr()),
        places.span(mask));
  }

  private TypeSyntax result(ResultContext context, ParametersContext parameters) {
    if (context != null) {
      return types.type(context.type());
    }
    var place = places.span(parameters).after();
    places.report(
        Diagnostic.of(ErrorCode.MISSING_RESULT, place, "this signature does not say its result")
            .label("expected `->` and a type here")
            .help("write `(x: [..., D]) -> [..., N] { ... }`"));
    return new TypeSyntax.ErrorType(place);
  }

  // Items

  private List<Item> items(DuneParser.ItemsContext context) {
    return context.item().stream().map(this::item).toList();
  }

  private Item item(ItemContext context) {
    if (context.exception != null) {
      return new Item.ErrorItem(declaredName(context), places.span(context));
    }
    var span = places.span(context);
    return switch (context) {
      case DuneParser.LetItemContext let -> bodies.let(let.let());
      case DuneParser.RequireItemContext require -> bodies.require(require.require());
      case DuneParser.TieItemContext tie ->
          new Item.Tie(path(tie.path(0)), path(tie.path(1)), span);
      case DuneParser.IfItemContext choice -> choice(choice.ifItems());
      case DuneParser.WeightItemContext weight -> weight(weight);
      case DuneParser.MemberItemContext member ->
          new Item.Member(
              places.identifier(member.name()), expressions.expression(member.expr()), span);
      case DuneParser.ForwardItemContext forward ->
          new Item.Forward(
              types.parameters(forward.parameters()),
              result(forward.result(), forward.parameters()),
              bodies.body(forward.body()),
              span);
      case DuneParser.InitItemContext init ->
          new Item.Init(
              init.initRule().stream()
                  .filter(rule -> rule.exception == null)
                  .map(checkpoints::initRule)
                  .toList(),
              span);
      case DuneParser.CheckpointItemContext checkpoint -> checkpoints.checkpoint(checkpoint);
      case DuneParser.DefinitionItemContext nested -> complete(nested.definition());
      default -> throw new IllegalStateException("item: " + context.getText());
    };
  }

  /// The name that a broken item would have declared: the first one, or the one after `let`,
  /// `block`, `fn`, `mask`.
  private Optional<Identifier> declaredName(ItemContext context) {
    int start = context.getStart().getTokenIndex();
    Token first = places.tokens().get(start);
    Token name =
        switch (first.getType()) {
          case DuneLexer.LET, DuneLexer.BLOCK, DuneLexer.MODEL, DuneLexer.FN, DuneLexer.MASK ->
              places.tokens().get(Math.min(start + 1, places.tokens().size() - 1));
          default -> first;
        };
    return name.getType() == DuneLexer.ID
        ? Optional.of(new Identifier(name.getText(), places.span(name)))
        : Optional.empty();
  }

  private Item.IfItem choice(IfItemsContext context) {
    List<Item> otherwise = List.of();
    if (context.items().size() > 1) {
      otherwise = items(context.items(1));
    } else if (context.ifItems() != null) {
      otherwise = List.of(choice(context.ifItems()));
    }
    return new Item.IfItem(
        expressions.expression(context.expr()),
        items(context.items(0)),
        otherwise,
        places.span(context));
  }

  private Item.WeightDeclaration weight(DuneParser.WeightItemContext context) {
    var type = context.weightType();
    var open = type.LBRACK() != null ? type.LBRACK().getSymbol() : type.lbrack().getStart();
    Shape shape = types.shape(open, type.axes(), type.RBRACK().getSymbol());
    return new Item.WeightDeclaration(
        places.identifier(context.name()),
        Optional.ofNullable(type.elem()).map(types::element),
        shape,
        Optional.ofNullable(context.expr()).map(expressions::expression),
        places.span(context));
  }

  private Path path(DuneParser.PathContext context) {
    var names = new ArrayList<Identifier>();
    names.add(places.identifier(context.name()));
    names.addAll(places.identifiers(context.word()));
    return new Path(names, places.span(context));
  }
}
