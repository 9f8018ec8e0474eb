package dune.runtime.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dune.passes.plan.Buffer;
import dune.passes.plan.Footprint;
import dune.passes.plan.Footprint.Call;
import dune.passes.plan.Footprint.Demand;
import dune.passes.plan.MemoryPlan;
import dune.passes.plan.MemoryPlan.Placed;
import dune.weights.Amount;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/// A footprint at one demand, and what of it fits into a budget.
///
/// @param calls reading a prompt, and writing a token if that is another call
/// @param fit if a budget is given
public record PlanReport(Footprint footprint, Demand demand, List<Call> calls, Optional<Fit> fit) {
  private static final int SHOWN = 10;

  public PlanReport {
    calls = List.copyOf(calls);
  }

  /// @param context the largest for the rows of the demand; empty if not even one step fits
  /// @param rows the most at the context of the demand; empty if not even one fits
  public record Fit(long budget, OptionalLong context, OptionalLong rows) {}

  public static PlanReport of(Footprint footprint, Demand demand, Optional<Long> budget) {
    return new PlanReport(
        footprint,
        demand,
        footprint.calls(demand),
        budget.map(
            bytes ->
                new Fit(
                    bytes,
                    footprint.largestContext(demand, bytes),
                    footprint.mostRows(demand, bytes))));
  }

  /// The call that needs most.
  public Call reading() {
    return calls.getFirst();
  }

  private Call writing() {
    return calls.getLast();
  }

  private long arena() {
    return calls.stream().mapToLong(call -> call.plan().arena()).max().orElse(0);
  }

  private long total() {
    return footprint.weights() + footprint.state(demand) + arena();
  }

  // Text.

  /// @param allocations whether to list what a step of writing needs
  public String text(boolean allocations) {
    var text = new StringBuilder();
    line(
        text,
        "%s: %s of %d steps, read %d at a time",
        footprint.program().name(),
        demand.rows() == 1 ? "one row" : demand.rows() + " rows",
        demand.context(),
        reading().steps());
    line(text, "");
    line(text, "weights  %13s", Amount.ofBytes(footprint.weights()));
    line(
        text,
        "cache    %13s  %s bytes",
        Amount.ofBytes(footprint.state(demand)),
        footprint.state());
    line(text, "arena    %13s  %s bytes when most is needed", Amount.ofBytes(arena()), peak());
    line(text, "total    %13s", Amount.ofBytes(total()));
    line(text, "");
    line(text, "B rows, T steps of a call, S steps so far, C steps of the context");
    fit.ifPresent(found -> fit(text, found));
    largest(text);
    if (allocations) allocations(text);
    return text.toString();
  }

  private String peak() {
    return reading().plan().peak().toString();
  }

  private void fit(StringBuilder text, Fit found) {
    line(text, "");
    String budget = Amount.ofBytes(found.budget());
    if (found.context().isEmpty()) {
      long least = footprint.total(new Demand(demand.rows(), 1, demand.chunk()));
      line(
          text,
          "%s: too little by %s even for a context of one step; take a smaller type with --dtype",
          budget,
          Amount.ofBytes(least - found.budget()));
      return;
    }
    String rows = demand.rows() == 1 ? "one row" : demand.rows() + " rows";
    String most =
        found.rows().isPresent()
            ? "or %d rows of %d steps".formatted(found.rows().getAsLong(), demand.context())
            : "and no row of %d steps".formatted(demand.context());
    line(text, "%s hold %s of %d steps, %s", budget, rows, found.context().getAsLong(), most);
  }

  private void largest(StringBuilder text) {
    MemoryPlan plan = reading().plan();
    line(text, "");
    line(text, "When most is needed, these are the largest:");
    plan.largest().stream().limit(SHOWN).forEach(each -> buffer(text, each));
  }

  private static void buffer(StringBuilder text, Placed placed) {
    Buffer buffer = placed.buffer();
    line(
        text,
        "%14s  %-22s %-28s %s",
        Amount.ofBytes(placed.bytes()),
        buffer.what() + (buffer.use() == Buffer.Use.SCRATCH ? ", inside" : ""),
        buffer.origin().place(),
        buffer.bytes());
  }

  private void allocations(StringBuilder text) {
    line(text, "");
    line(text, "A step of writing needs, one after the other:");
    for (Placed each : writing().plan().placed()) {
      buffer(text, each);
      if (grows(each)) line(text, "%14s  ^ grows with the context", "");
    }
  }

  private static boolean grows(Placed placed) {
    return placed.buffer().bytes().names().contains("S");
  }

  private static void line(StringBuilder text, String form, Object... values) {
    text.append(String.format(Locale.ROOT, form, values).stripTrailing()).append('\n');
  }

  // JSON.

  /// Sizes are exact, in bytes.
  public String json(boolean allocations) {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("model", footprint.program().name());
    root.put("rows", demand.rows()).put("context", demand.context());
    root.put("chunk", reading().steps());
    root.put("weights", footprint.weights());
    root.putObject("cache")
        .put("bytes", footprint.state(demand))
        .put("formula", footprint.state().toString());
    root.putObject("arena").put("bytes", arena()).put("formula", peak());
    root.put("total", total());
    fit.ifPresent(
        found -> {
          ObjectNode node = root.putObject("fit").put("budget", found.budget());
          found.context().ifPresent(context -> node.put("context", context));
          found.rows().ifPresent(rows -> node.put("rows", rows));
        });
    ArrayNode largest = root.putArray("largest");
    reading().plan().largest().forEach(each -> buffer(largest.addObject(), each));
    if (allocations) {
      ArrayNode all = root.putArray("allocations");
      writing().plan().placed().forEach(each -> buffer(all.addObject(), each));
    }
    try {
      return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree that cannot be written", e);
    }
  }

  private static void buffer(ObjectNode node, Placed placed) {
    Buffer buffer = placed.buffer();
    node.put("what", buffer.what()).put("place", buffer.origin().place());
    node.put("bytes", placed.bytes()).put("formula", buffer.bytes().toString());
    node.put("offset", placed.offset()).put("from", buffer.from()).put("until", buffer.until());
    node.put("scratch", buffer.use() == Buffer.Use.SCRATCH).put("grows", grows(placed));
  }
}
