package dune.passes.simplify;

import dune.ir.Elementwise;
import dune.ir.Operands;
import dune.ir.Source;
import dune.ir.Type;
import dune.ir.Value;
import dune.passes.rewrite.Match;
import dune.passes.rewrite.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/// `f(table, c) -> table`, where `iota` counts as a table
///
/// For tables of moderate length whose numbers come out exact.
final class FoldTables implements Rule<Elementwise> {
  @Override
  public Class<Elementwise> root() {
    return Elementwise.class;
  }

  @Override
  public Optional<Value> rewrite(Elementwise op, Match match) {
    List<Value> operands = Operands.of(op);
    Type type = match.resultType(op);
    if (type.rank() != 1) return Optional.empty();
    OptionalLong size = type.dim(0).size();
    if (size.isEmpty() || size.getAsLong() < 1 || size.getAsLong() > LONGEST) {
      return Optional.empty();
    }
    var columns = new ArrayList<List<Double>>();
    for (Value operand : operands) {
      Optional<List<Double>> column = column(operand, (int) size.getAsLong(), match);
      if (column.isEmpty()) return Optional.empty();
      columns.add(column.get());
    }
    var results = new ArrayList<Double>();
    for (int i = 0; i < size.getAsLong(); i++) {
      int row = i;
      List<Double> numbers = columns.stream().map(column -> column.get(row)).toList();
      OptionalDouble result = Folding.fold(op, numbers, match.type(operands.getFirst()).elem());
      if (result.isEmpty()) return Optional.empty();
      results.add(result.getAsDouble());
    }
    return Optional.of(match.emit(new Source.Table(results, type.elem())));
  }

  private static final int LONGEST = 1024;

  private static Optional<List<Double>> column(Value operand, int size, Match match) {
    OptionalDouble number = match.uniform(operand);
    if (number.isPresent()) return Optional.of(Collections.nCopies(size, number.getAsDouble()));
    Optional<List<Double>> table =
        match.find(Source.Table.class, operand).map(Source.Table::values);
    if (table.isPresent()) return table;
    return match
        .find(Source.Iota.class, operand)
        .map(iota -> IntStream.range(0, size).mapToObj(i -> (double) i).toList());
  }
}
